import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  EventBridgeServiceException,
} from '@aws-sdk/client-eventbridge';
import type { Schedules } from '../domain/automation';
import { awsClient } from './aws-client';

export function connectSchedules(client = awsClient(EventBridgeClient)): Schedules {
  return {
    async state(Name) {
      try {
        const { State } = await client.send(new DescribeRuleCommand({ Name }));
        return State === 'DISABLED' ? 'DISABLED' : 'ENABLED';
      } catch (error) {
        if (error instanceof EventBridgeServiceException && error.name === 'ResourceNotFoundException')
          return undefined;
        throw error;
      }
    },

    async enable(Name) {
      await client.send(new EnableRuleCommand({ Name }));
    },

    async disable(Name) {
      await client.send(new DisableRuleCommand({ Name }));
    },
  };
}
