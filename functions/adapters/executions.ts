import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { Executions } from '../domain/executions';
import { awsClient } from './aws-client';

export function connectExecutions(client = awsClient(SFNClient)): Executions<HistoryEvent> {
  return {
    async describe(executionArn) {
      try {
        const answer = await client.send(new DescribeExecutionCommand({ executionArn }));
        return { arn: executionArn, name: answer.name ?? '', status: answer.status ?? '' };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },

    async history(executionArn) {
      const events: HistoryEvent[] = [];
      const pages = paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 });
      for await (const page of pages) events.push(...(page.events ?? []));
      return events;
    },
  };
}
