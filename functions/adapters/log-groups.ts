import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroups, Properties } from '../domain/deployed-stack';
import { awsClient } from './aws-client';

export function connectLogGroups(stackName: string, client = awsClient(CloudWatchLogsClient)): LogGroups {
  return {
    async settings(names) {
      // By prefix, up to the stack's name: one call for each service that writes logs, not one for each group.
      const prefixes = new Set(names.map((name) => name.slice(0, name.indexOf(stackName) + stackName.length)));
      const found = new Map<string, Properties>();
      for (const logGroupNamePrefix of prefixes) {
        for await (const { logGroups: page = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix }))
          for (const { logGroupName = '', retentionInDays } of page)
            found.set(logGroupName, { RetentionInDays: retentionInDays });
      }
      return found;
    },
  };
}
