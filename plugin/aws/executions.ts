import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { buildTimeline, type HistoryEvent, startedByDiff, type Timeline } from '../../report';
import { problem } from '../problem';

/** Starts an execution and returns its ARN. Without a name Step Functions makes one. */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  input: unknown,
  name?: string,
): Promise<string> {
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) }),
  );
  if (!executionArn) throw problem('NoExecution', `${stateMachineArn} answered without an execution ARN.`);
  return executionArn;
}

/** The whole history of an execution, all pages, oldest first. */
export async function readHistory(client: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: 1000,
        includeExecutionData: true,
        ...(nextToken && { nextToken }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return events;
}

export async function readTimeline(client: SFNClient, executionArn: string): Promise<Timeline> {
  return buildTimeline(await readHistory(client, executionArn));
}

export interface ExecutionSummary {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** Executions that are looked at. */
const recent = 20;

/** The last executions of a state machine, newest first. */
export async function recentExecutions(
  client: SFNClient,
  stateMachineArn: string,
): Promise<readonly ExecutionSummary[]> {
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: recent }));
  return executions.flatMap(({ executionArn, name, status, startDate, stopDate }) =>
    executionArn === undefined
      ? []
      : [
          {
            arn: executionArn,
            name: name ?? executionArn,
            status: status ?? 'UNKNOWN',
            startedAt: startDate,
            endedAt: stopDate,
          },
        ],
  );
}

/**
 * The newest execution of a state machine that counts: neither a look of `sls diff`, nor one that was refused because
 * another held the lock. Undefined when none ever ran. aws-facts: states-executions-newest-first
 */
export async function lastExecution(client: SFNClient, stateMachineArn: string): Promise<ExecutionSummary | undefined> {
  const own = (await recentExecutions(client, stateMachineArn)).filter(({ arn }) => !startedByDiff({ execution: arn }));
  for (const found of own) if (!(await wasRefused(client, found))) return found;
  return own[0];
}

async function wasRefused(client: SFNClient, { arn, status }: ExecutionSummary): Promise<boolean> {
  if (status !== 'FAILED') return false;
  const { error } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
  return error === 'SetupAlreadyRunning';
}

/** `SUCCEEDED at <end>`, or `RUNNING since <start>`. */
export function endOf({ status, startedAt, endedAt }: Omit<ExecutionSummary, 'arn' | 'name'>): string {
  if (endedAt) return `${status} at ${endedAt.toISOString()}`;
  return `${status} since ${startedAt?.toISOString() ?? 'an unknown time'}`;
}

/** The state machine that an execution belongs to; throws a Problem when there is no such execution. */
export async function machineOf(client: SFNClient, executionArn: string): Promise<string> {
  try {
    const { stateMachineArn } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return stateMachineArn ?? '';
  } catch (cause) {
    if (cause instanceof Error && /ExecutionDoesNotExist|InvalidArn/.test(cause.name)) {
      throw problem('NoSuchExecution', `There is no execution ${executionArn} in this account and region.`, { cause });
    }
    throw cause;
  }
}
