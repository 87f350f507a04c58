import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { parse } from 'yaml';
import { RETRIED } from '../../functions/domain/retried';

const root = join(__dirname, '../..');

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly JitterStrategy?: string;
    readonly MaxDelaySeconds?: number;
  }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Next?: string;
  /** Of a Choice. */
  readonly Default?: string;
  readonly ResultPath?: string;
  readonly ItemProcessor?: Machine;
}
interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const machines = (['setup', 'teardown'] as const).map((name) => {
  const text = readFileSync(join(root, `statemachines/${name}.asl.yaml`), 'utf8');
  const filled = text.replace(/"?\$\{param:waitSeconds\}"?/g, '1').replace(/\$\{Partition\}/g, 'aws');
  const machine = parse(filled, { merge: true }) as Machine;
  return { name, text, machine };
});

/** Every state with its name, including the states of Map items. */
function statesOf(machine: Machine): readonly (readonly [string, State])[] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] as const,
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor) : []),
  ]);
}

describe.each(machines)('the $name machine', ({ name, machine, text }) => {
  const states = statesOf(machine);
  const tasks = states.filter(([, { Type }]) => Type === 'Task');

  it('is valid ASL', () => {
    const arns = JSON.parse(
      JSON.stringify(machine).replace(/\$\{(\w+)FunctionArn\}/g, 'arn:aws:lambda:eu-west-1:123456789012:function:$1'),
    ) as Record<string, unknown>;
    expect(validate(arns)).toMatchObject({ isValid: true });
  });

  it('is at most 250 lines', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
  });

  it.each(states)('%s has a comment that says why it exists', (_name, state) => {
    expect(state.Comment).toMatch(/\w{3,}.+\.$/s);
  });

  it.each(tasks)('%s has a timeout, and retries named errors with full jitter and a maximum delay', (_name, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    for (const retry of state.Retry ?? []) {
      expect(retry).toMatchObject({ JitterStrategy: 'FULL', MaxDelaySeconds: expect.any(Number) });
      expect(retry.ErrorEquals).not.toContain('States.ALL');
      expect(retry.ErrorEquals).not.toContain('States.TaskFailed');
    }
    expect(state.Retry?.length).toBeGreaterThan(0);
  });

  it.each(tasks)(
    '%s retries the errors of `functions/domain/retried.ts`, and besides only those of Lambda',
    (_state, state) => {
      const names = (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(names.filter((error) => !/^(?:Lambda|Sandbox)\./.test(error)).sort()).toEqual([...RETRIED[name]].sort());
    },
  );

  it.each(Object.entries(machine.States).filter(([, { Type }]) => Type === 'Task' || Type === 'Map'))(
    '%s catches every error and leads to the Fail state',
    (_name, state) => {
      expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
      expect(['CloseAccessAfterFailure', 'ReleaseLock', 'RecordFailure', 'FailUnrecorded']).toContain(
        state.Catch?.at(-1)?.Next,
      );
    },
  );

  it.each(Object.entries(machine.States).filter(([, { Type }]) => Type === 'Task' || Type === 'Map'))(
    '%s adds one key instead of rewriting the input',
    (_name, state) => {
      expect(state.ResultPath).toMatch(/^\$\.[a-z]\w+$/);
    },
  );

  // docs/operations.md, "Starting again after a failure": the states that a redrive of a failed execution enters again.
  it.each(Object.entries(machine.States).filter(([, { Catch }]) => Catch !== undefined))(
    'a caught failure of %s ends in a Fail state, and no state after it takes the lock again',
    (_name, state) => {
      for (const { Next } of state.Catch ?? []) {
        const way = [Next];
        const following = (state?: State) => state?.Next ?? state?.Default;
        for (let next = following(machine.States[Next]); next !== undefined; next = following(machine.States[next]))
          way.push(next);
        expect(machine.States[way.at(-1) ?? '']?.Type).toBe('Fail');
        expect(way).not.toContain('TakeLock');
      }
    },
  );

  it.each(tasks)('the function of %s has a folder', (_name, state) => {
    const named = /^\$\{(\w+)FunctionArn\}$/.exec(state.Parameters?.FunctionName ?? '')?.[1] ?? '';
    const folder = named.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    expect(readdirSync(join(root, 'functions'))).toContain(folder);
  });
});

it('every function folder is used by a machine or a verb', () => {
  const used = new Set(
    machines.flatMap(({ text }) =>
      [...text.matchAll(/\$\{(\w+)FunctionArn\}/g)].map(([, name]) =>
        name?.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase(),
      ),
    ),
  );
  const folders = readdirSync(join(root, 'functions')).filter(
    (name) => !['domain', 'adapters', 'shared'].includes(name) && !name.includes('.'),
  );
  // `sls services` invokes it.
  const invokedByVerbs = ['measure-services'];
  expect(folders.filter((name) => !used.has(name))).toEqual(invokedByVerbs);
});
