import { LOCK_KEY } from '../../functions/domain/naming';
import { functionsOf } from '../statemachine/support/functions-of';
import type { MachineCloud } from '../statemachine/support/machine-cloud';
import { hurryRetries, inventory, objects } from '../statemachine/support/scenario';
import { heldCalls, interruptions } from './expected/interruptions';
import { failureOf, notSucceeded, notWhole, withFaultyCloud } from './support/control-plane';
import { tryFault } from './support/try-fault';

beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

it.each(heldCalls)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      proxy.plant({
        operation: fault.operation,
        effect: { kind: 'held', reached: reached.resolve, until: released.promise },
        times: 1,
      });
      const first = await cloud.start('setup');
      await reached.promise;
      await cloud.stop(first);
      const second = await cloud.start('setup');
      // The stopped run's call is served when the new run holds the lock, or has ended.
      await entered(cloud, second, 'CreateWorkspace');
      released.resolve();
      const ended = failureOf(await cloud.ended(second));
      const third = ended.length === 0 ? [] : await notSucceeded(cloud);
      return [...third, ...(await notWhole(cloud))];
    }),
  ),
);

it(interruptions.killedBetween.id, () =>
  tryFault(interruptions.killedBetween, (note) =>
    withFaultyCloud(async ({ cloud }) => {
      const names = functionsOf('setup');
      note(`${names.length} functions`);
      const problems: string[] = [];
      for (const name of names) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const started = Promise.withResolvers<string>();
        const answered = cloud.overrides.get(name);
        cloud.overrides.set(name, async () => {
          // The first function is called before StartExecution has answered.
          await cloud.stop(await started.promise);
          resolve();
          throw new Error('the execution was stopped');
        });
        const arn = await cloud.start('setup');
        started.resolve(arn);
        await promise;
        if (answered === undefined) cloud.overrides.delete(name);
        else cloud.overrides.set(name, answered);
        const { status } = await cloud.ended(arn);
        if (status !== 'ABORTED') problems.push(`stopped before ${name} it ended ${status}`);
      }
      return [...problems, ...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);

it.each([
  { fault: interruptions.twoSetups, count: 2 },
  { fault: interruptions.tenSetups, count: 10 },
])('$fault.id', ({ fault, count }) =>
  tryFault(fault, (note) =>
    withFaultyCloud(async ({ cloud }) => {
      const arns = await Promise.all(Array.from({ length: count }, () => cloud.start('setup')));
      const ended = await Promise.all(arns.map((arn) => cloud.ended(arn)));
      const succeeded = ended.filter(({ status }) => status === 'SUCCEEDED');
      note(`${succeeded.length} of ${count} ran`);
      const others = ended.filter(({ status, error }) => status !== 'SUCCEEDED' && error !== 'SetupAlreadyRunning');
      return [
        ...(succeeded.length >= 1 && (count > 2 || succeeded.length === 1) ? [] : [`${succeeded.length} succeeded`]),
        ...others.flatMap(failureOf),
        ...(await notWhole(cloud)),
      ];
    }),
  ),
);

it(interruptions.removeDuringSetup.id, () =>
  tryFault(interruptions.removeDuringSetup, (note) =>
    withFaultyCloud(async ({ cloud }) => {
      const setup = await cloud.start('setup');
      await entered(cloud, setup, 'ApplyDashboards');
      const during = await cloud.run('teardown');
      note(`the teardown ended ${during.status} ${during.error ?? ''}`.trim());
      const ended = await cloud.ended(setup);
      const last = await cloud.run('teardown');
      return [
        ...(during.status === 'SUCCEEDED' || during.error === 'SetupAlreadyRunning' ? [] : failureOf(during)),
        ...(during.status === 'SUCCEEDED' && ended.status === 'SUCCEEDED' ? ['both succeeded'] : []),
        ...failureOf(last),
        ...(await notGone(cloud)),
      ];
    }),
  ),
);

it(interruptions.setupDuringRemove.id, () =>
  tryFault(interruptions.setupDuringRemove, (note) =>
    withFaultyCloud(async ({ cloud }) => {
      const failed = await notSucceeded(cloud);
      const teardown = await cloud.start('teardown');
      await entered(cloud, teardown, 'DeleteWorkspace');
      const during = await cloud.run('setup');
      note(`the setup ended ${during.status} ${during.error ?? ''}`.trim());
      const removed = await cloud.ended(teardown);
      const last = await cloud.run('teardown');
      return [
        ...failed,
        ...(during.status === 'FAILED' ? [] : [`the setup ended ${during.status}`]),
        ...failureOf(removed),
        ...failureOf(last),
        ...(await notGone(cloud)),
      ];
    }),
  ),
);

async function notGone(cloud: MachineCloud): Promise<readonly string[]> {
  const { workspaces } = await inventory(cloud);
  const lock = (await objects(cloud)).has(LOCK_KEY);
  return [...(workspaces === 0 ? [] : [`${workspaces} workspaces are left`]), ...(lock ? ['a lock is left'] : [])];
}

/** Resolves when the execution has entered the state, or has ended. */
async function entered(cloud: MachineCloud, executionArn: string, state: string): Promise<void> {
  const { SFNClient, GetExecutionHistoryCommand } = await import('@aws-sdk/client-sfn');
  const client = new SFNClient({
    endpoint: cloud.kernel.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    for (;;) {
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      if (events.some(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state)) return;
      if (/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(events.at(-1)?.type ?? '')) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    client.destroy();
  }
}
