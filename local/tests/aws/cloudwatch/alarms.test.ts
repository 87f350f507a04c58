import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { createStack } from '../../support/create-stack';
import { startTestCloud, type TestCloud } from '../../support/test-cloud';

let cloud: TestCloud;
let client: CloudWatchClient;
beforeAll(async () => {
  cloud = await startTestCloud();
  client = new CloudWatchClient(cloud.client);
  const alarm = (AlarmName: string) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { AlarmName, ComparisonOperator: 'LessThanThreshold', EvaluationPeriods: 1 },
  });
  await createStack(cloud, 'alarms', { One: alarm('one'), Two: alarm('two') });
});
afterAll(async () => {
  client?.destroy();
  await cloud?.close();
});

const armed = async (AlarmNames?: string[]) => {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames }));
  return Object.fromEntries(MetricAlarms.map(({ AlarmName, ActionsEnabled }) => [AlarmName, ActionsEnabled]));
};

it('describes the template’s alarms, all of them or those that are named', async () => {
  expect(await armed()).toEqual({ one: true, two: true });
  expect(await armed(['two', 'three'])).toEqual({ two: true });
});

it('disables and enables the actions of an alarm; unknown names are ignored', async () => {
  await client.send(new DisableAlarmActionsCommand({ AlarmNames: ['one', 'three'] }));
  expect(await armed()).toEqual({ one: false, two: true });
  await client.send(new EnableAlarmActionsCommand({ AlarmNames: ['one'] }));
  expect(await armed()).toEqual({ one: true, two: true });
});

it('names an operation that it does not have', async () => {
  await expect(client.send(new PutMetricDataCommand({ Namespace: 'N', MetricData: [] }))).rejects.toMatchObject({
    name: 'UnsupportedOperation',
  });
});
