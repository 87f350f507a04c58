import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Alarms } from '../domain/automation';
import type { Properties } from '../domain/deployed-stack';
import { awsClient } from './aws-client';

export function connectAlarms(client = awsClient(CloudWatchClient)): Alarms {
  return {
    async list(names) {
      // The API's limit is 100 per call. No stack has so many.
      const { MetricAlarms = [] } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm'], MaxRecords: 100 }),
      );
      return MetricAlarms.map(({ AlarmName = '', ActionsEnabled = true }) => ({
        name: AlarmName,
        actionsEnabled: ActionsEnabled,
      }));
    },

    async settings(names) {
      const { MetricAlarms = [] } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm'], MaxRecords: 100 }),
      );
      return new Map(MetricAlarms.map((alarm) => [alarm.AlarmName ?? '', { ...alarm } as Properties]));
    },

    async enableActions(names) {
      await client.send(new EnableAlarmActionsCommand({ AlarmNames: [...names] }));
    },

    async disableActions(names) {
      await client.send(new DisableAlarmActionsCommand({ AlarmNames: [...names] }));
    },
  };
}
