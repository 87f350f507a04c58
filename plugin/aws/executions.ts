import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { buildTimeline, type HistoryEvent, type Timeline } from '../../report';
import { problem } from '../problem';

/** Starts an execution and returns its ARN. */
export async function startExecution(client: SFNClient, stateMachineArn: string, input: unknown): Promise<string> {
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
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

/** The newest execution of a state machine; undefined when it never ran. */
export async function lastExecution(client: SFNClient, stateMachineArn: string): Promise<ExecutionSummary | undefined> {
  const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
  const found = executions?.[0];
  if (!found?.executionArn) return undefined;
  return {
    arn: found.executionArn,
    name: found.name ?? found.executionArn,
    status: found.status ?? 'UNKNOWN',
    startedAt: found.startDate,
    endedAt: found.stopDate,
  };
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
