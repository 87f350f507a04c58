import type { Json } from '../../kernel/contracts';
import {
  type Catcher,
  DATA_LIMIT,
  type Definition,
  dataSize,
  type ExecutionContext,
  HISTORY_LIMIT,
  type State,
  StatesError,
} from './asl';
import { effectiveInput, effectiveOutput, evaluatePath, evaluateTemplate, runPlainState } from './evaluate-state';
import type { History, Trail } from './history';
import { matchesError, RetryPlan } from './retry';

/** Calls the resource of a Task; throws StatesError. */
export type RunTask = (task: TaskCall) => Promise<Json>;

export interface TaskCall {
  readonly resource: string;
  readonly input: Json;
  readonly timeoutSeconds: number | undefined;
  readonly trail: Trail;
  readonly signal: AbortSignal;
}

/** What all branches of one execution share. */
export interface Run {
  readonly history: History;
  readonly runTask: RunTask;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Waits before a retry, in milliseconds; `signal` ends the wait. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Thrown in a branch when its execution, Map or Parallel has been stopped. */
export class Stopped extends Error {}

/** Inline Map runs up to 40 iterations at a time (aws-facts: map-concurrency). */
const MAP_CONCURRENCY = 40;

/**
 * Runs a machine, a branch or an iteration from StartAt to its end; returns its output. Throws StatesError or Stopped.
 */
export async function runStates(
  definition: Definition,
  input: Json,
  context: ExecutionContext,
  trail: Trail,
  run: Run,
): Promise<Json> {
  let name = definition.StartAt;
  let data = input;
  for (;;) {
    const state = definition.States[name];
    if (state === undefined) throw new StatesError('States.Runtime', `There is no state ${name}.`);
    const step = await new Visit(name, state, data, context, trail, run).go();
    data = step.output;
    if (step.next === undefined) return data;
    name = step.next;
  }
}

interface Step {
  readonly output: Json;
  /** The next state; undefined after an end state. */
  readonly next: string | undefined;
}

/** One visit of one state, with its retries. */
class Visit {
  private readonly enteredTime: string;
  private enteredId = 0;
  private retryCount = 0;

  constructor(
    private readonly name: string,
    private readonly state: State,
    private readonly input: Json,
    private readonly outer: ExecutionContext,
    private readonly trail: Trail,
    private readonly run: Run,
  ) {
    this.enteredTime = run.now().toISOString();
  }

  async go(): Promise<Step> {
    this.checkStopped();
    const { Type } = this.state;
    this.enteredId = this.record(`${Type}StateEntered`, { name: this.name, ...dataDetails('input', this.input) });
    const retries = new RetryPlan(this.state.Retry ?? []);
    for (;;) {
      try {
        const step = await this.attempt();
        this.checkStopped();
        this.limit(step.output, `The state/task '${this.name}' returned a result`);
        if (Type !== 'Fail') this.exit(step.output);
        return step;
      } catch (error) {
        if (!(error instanceof StatesError) || this.run.signal.aborted) {
          if (error instanceof Stopped && ['Task', 'Wait', 'Map', 'Parallel'].includes(Type)) {
            this.record(`${Type}StateAborted`);
          }
          throw error;
        }
        const failure = this.locate(error);
        const delay = retries.next(failure.name);
        if (delay === undefined) return await this.caught(failure);
        await this.run.sleep(delay);
        this.checkStopped();
        this.retryCount += 1;
      }
    }
  }

  private get context(): ExecutionContext {
    const { enteredTime: EnteredTime, name: Name, retryCount: RetryCount } = this;
    return { ...this.outer, State: { Name, EnteredTime, RetryCount } };
  }

  private async attempt(): Promise<Step> {
    switch (this.state.Type) {
      case 'Task':
        return this.leave(await this.task());
      case 'Map':
        return this.leave(await this.map());
      case 'Parallel':
        return this.leave(await this.parallel());
      case 'Fail':
        throw await this.failure();
      default: {
        const { next, output } = await runPlainState(this.state, this.input, this.context, this.run.signal);
        this.checkStopped();
        return { output, next: this.state.Type === 'Choice' ? next : this.following() };
      }
    }
  }

  private async leave(result: Json): Promise<Step> {
    const output = await effectiveOutput(this.state, this.input, result, this.context);
    return { output, next: this.following() };
  }

  private following(): string | undefined {
    return this.state.End === true || this.state.Type === 'Succeed' ? undefined : this.state.Next;
  }

  private async task(): Promise<Json> {
    const { TimeoutSeconds, TimeoutSecondsPath, Resource = '' } = this.state;
    const input = await effectiveInput(this.state, this.input, this.context);
    this.limit(input, `The input of the state/task '${this.name}' has`);
    const timeout =
      TimeoutSecondsPath === undefined
        ? TimeoutSeconds
        : Number(await evaluatePath(TimeoutSecondsPath, this.input, this.context));
    const { signal } = this.run;
    return this.run.runTask({ resource: Resource, input, timeoutSeconds: timeout, trail: this.trail, signal });
  }

  private async map(): Promise<Json> {
    const {
      ItemProcessor,
      ItemSelector,
      Iterator: iterator,
      ItemsPath,
      MaxConcurrency,
      MaxConcurrencyPath,
    } = this.state;
    const { InputPath } = this.state as { readonly InputPath?: string | null };
    const input =
      InputPath === undefined
        ? this.input
        : await effectiveInput({ Type: 'Pass', InputPath }, this.input, this.context);
    const items = ItemsPath === undefined ? input : await evaluatePath(ItemsPath, input, this.context);
    if (!Array.isArray(items)) {
      throw new StatesError('States.Runtime', `Reference path "${ItemsPath ?? '$'}" must point to array.`);
    }
    const limit =
      MaxConcurrencyPath === undefined
        ? MaxConcurrency
        : Number(await evaluatePath(MaxConcurrencyPath, input, this.context));
    const selector = ItemSelector ?? (this.state['Parameters'] as typeof ItemSelector);
    const processor = ItemProcessor ?? iterator;
    if (processor === undefined) throw new StatesError('States.Runtime', `${this.name} has no ItemProcessor.`);
    this.record('MapStateStarted', { length: items.length });
    return this.fanOut('Map', items.length, limit || MAP_CONCURRENCY, async (index, trail, run) => {
      const value = items[index] ?? null;
      const context = { ...this.outer, Map: { Item: { Index: index, Value: value } } };
      const details = { name: this.name, index };
      run.history.record(trail, 'MapIterationStarted', details);
      try {
        const inner = { ...context, State: this.context.State } as ExecutionContext;
        const item = selector === undefined ? value : await evaluateTemplate(selector, input, inner);
        const output = await runStates(processor, item, context, trail, run);
        run.history.record(trail, 'MapIterationSucceeded', details);
        return output;
      } catch (error) {
        run.history.record(trail, error instanceof Stopped ? 'MapIterationAborted' : 'MapIterationFailed', details);
        throw error;
      }
    });
  }

  private async parallel(): Promise<Json> {
    const input = await effectiveInput(this.state, this.input, this.context);
    const branches = this.state.Branches ?? [];
    this.record('ParallelStateStarted');
    return this.fanOut('Parallel', branches.length, branches.length, (index, trail, run) => {
      const branch = branches[index];
      if (branch === undefined) throw new StatesError('States.Runtime', `${this.name} has no branch ${index}.`);
      return runStates(branch, structuredClone(input), this.outer, trail, run);
    });
  }

  /**
   * Runs `count` branches or iterations, at most `concurrency` at a time. The first failure stops the others and fails
   * the state.
   */
  private async fanOut(
    kind: 'Map' | 'Parallel',
    count: number,
    concurrency: number,
    runBranch: (index: number, trail: Trail, run: Run) => Promise<Json>,
  ): Promise<Json> {
    const stop = new AbortController();
    const run: Run = { ...this.run, signal: AbortSignal.any([this.run.signal, stop.signal]), sleep: this.run.sleep };
    const started = this.trail.last;
    const results: Json[] = new Array(count).fill(null);
    let failure: unknown;
    let next = 0;
    const work = async () => {
      while (next < count && !run.signal.aborted) {
        const index = next++;
        const trail: Trail = { last: started };
        try {
          results[index] = await runBranch(index, trail, run);
          this.trail.last = trail.last;
        } catch (error) {
          this.trail.last = trail.last;
          failure ??= error;
          stop.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work));
    this.checkStopped();
    if (failure !== undefined) {
      if (failure instanceof StatesError) this.record(`${kind}StateFailed`);
      throw failure;
    }
    this.record(`${kind}StateSucceeded`);
    return results;
  }

  private async failure(): Promise<StatesError> {
    const read = async (field: 'Error' | 'Cause') => {
      const path = this.state[`${field}Path`];
      if (typeof path === 'string') return String(await evaluatePath(path, this.input, this.context));
      const text = this.state[field];
      return typeof text === 'string' ? text : undefined;
    };
    return new StatesError((await read('Error')) ?? '', await read('Cause'));
  }

  private async caught(error: StatesError): Promise<Step> {
    const catcher = (this.state.Catch ?? []).find((candidate) => matchesError(candidate.ErrorEquals, error.name));
    if (catcher === undefined) throw error;
    const output = await this.catchOutput(catcher, error);
    this.exit(output);
    return { output, next: catcher.Next };
  }

  private async catchOutput(catcher: Catcher, error: StatesError): Promise<Json> {
    const { ResultPath } = catcher;
    const state: State = { Type: 'Task', ...(ResultPath === undefined || ResultPath === '$' ? {} : { ResultPath }) };
    return effectiveOutput(state, this.input, { Error: error.name, Cause: error.cause ?? '' }, this.context);
  }

  private exit(output: Json): void {
    this.record(`${this.state.Type}StateExited`, { name: this.name, ...dataDetails('output', output) });
  }

  /** Adds to an error of the engine the state and the id of its entered event, as AWS does. */
  private locate(error: StatesError): StatesError {
    if (error.name !== 'States.Runtime' || error.cause?.startsWith('An error occurred') === true) return error;
    const where = `An error occurred while executing the state '${this.name}' (entered at the event id #${this.enteredId}).`;
    return new StatesError(error.name, `${where} ${error.cause ?? ''}`);
  }

  private limit(value: Json, subject: string): void {
    if (dataSize(value) <= DATA_LIMIT) return;
    throw new StatesError(
      'States.DataLimitExceeded',
      `${subject} with a size exceeding the maximum number of bytes service limit.`,
    );
  }

  private record(type: string, details?: Parameters<History['record']>[2]): number {
    if (this.run.history.events.length >= HISTORY_LIMIT - 1) {
      throw new StatesError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
      );
    }
    return this.run.history.record(this.trail, type, details);
  }

  private checkStopped(): void {
    if (this.run.signal.aborted) throw new Stopped();
  }
}

export function dataDetails(member: 'input' | 'output', value: Json): Record<string, Json> {
  return { [member]: JSON.stringify(value), [`${member}Details`]: { truncated: false } };
}
