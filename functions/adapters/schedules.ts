import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  EventBridgeServiceException,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import type { Schedules } from '../domain/automation';
import type { Properties } from '../domain/deployed-stack';
import { awsClient } from './aws-client';

export function connectSchedules(client = awsClient(EventBridgeClient)): Schedules {
  return {
    async state(Name) {
      try {
        const { State } = await client.send(new DescribeRuleCommand({ Name }));
        return State === 'DISABLED' ? 'DISABLED' : 'ENABLED';
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async settings(rules) {
      const found = new Map<string, Properties>();
      for (const Name of rules) {
        try {
          const { EventPattern, ScheduleExpression, State } = await client.send(new DescribeRuleCommand({ Name }));
          const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: Name }));
          const pattern: unknown = EventPattern === undefined ? undefined : JSON.parse(EventPattern);
          found.set(Name, { EventPattern: pattern, ScheduleExpression, State, Targets });
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }
      return found;
    },

    async enable(Name) {
      await client.send(new EnableRuleCommand({ Name }));
    },

    async disable(Name) {
      await client.send(new DisableRuleCommand({ Name }));
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof EventBridgeServiceException && error.name === 'ResourceNotFoundException';
}
