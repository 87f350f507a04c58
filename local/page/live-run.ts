import { createReport, type HistoryEvent, type Report } from '../../report';
import type { Cloud } from '../cloud/contracts';
import type { JsonObject, Output } from '../kernel/contracts';

/**
 * The newest execution of the stack's state machines as a report, also while it runs; undefined before the first one.
 */
export async function readRun(cloud: Cloud, links: Readonly<Record<string, string>>): Promise<Report | undefined> {
  const newest = await newestExecution(cloud);
  if (newest === undefined) return undefined;
  const { executionArn, machine, stack } = newest;
  const { definition } = await call(cloud, 'DescribeStateMachineForExecution', { executionArn });
  return createReport(await historyOf(cloud, executionArn), {
    executionArn,
    machine,
    stack,
    generatedAt: cloud.kernel.now(),
    definition,
    links,
  });
}

interface Started {
  readonly executionArn: string;
  readonly machine: Report['machine'];
  readonly stack: string;
  readonly startedAt: number;
}

const machines = [
  ['SetupStateMachineArn', 'setup'],
  ['TeardownStateMachineArn', 'teardown'],
] as const;

async function newestExecution(cloud: Cloud): Promise<Started | undefined> {
  const found: Started[] = [];
  for (const stack of cloud.cloudFormation.stacks.active()) {
    for (const [output, machine] of machines) {
      const stateMachineArn = stack.outputs.find(({ key }) => key === output)?.value;
      if (stateMachineArn === undefined) continue;
      // A removal may already have deleted a state machine and its executions.
      const { executions } = await call(cloud, 'ListExecutions', { stateMachineArn, maxResults: 1 }).catch(
        (): Output => ({}),
      );
      const [newest] = executions === undefined ? [] : (executions as readonly Output[]);
      if (newest === undefined) continue;
      const startedAt = newest['startDate'] instanceof Date ? newest['startDate'].getTime() : 0;
      found.push({ executionArn: String(newest['executionArn']), machine, stack: stack.name, startedAt });
    }
  }
  return found.sort((a, b) => b.startedAt - a.startedAt)[0];
}

async function historyOf(cloud: Cloud, executionArn: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await call(cloud, 'GetExecutionHistory', {
      executionArn,
      maxResults: 1000,
      ...(nextToken !== undefined && { nextToken }),
    });
    events.push(...(page['events'] as readonly HistoryEvent[]));
    if (typeof page['nextToken'] !== 'string') return events;
    nextToken = page['nextToken'];
  }
}

function call(cloud: Cloud, operation: string, input: JsonObject): Promise<Output> {
  return cloud.kernel.call('states', operation, input, cloud.kernel.deployer);
}
