import { AwsError, type Json, type JsonObject, type Kernel, type Operations } from '../../kernel/contracts';
import type { RecordedResource, ResourceRegistry } from '../passive/registry';

const TYPE = 'AWS::CloudWatch::Alarm';

/** The template's alarms and whether their actions are enabled. They are not evaluated. */
export function alarmOperations(
  { accountId, partition, region }: Pick<Kernel, 'accountId' | 'partition' | 'region'>,
  registry: ResourceRegistry,
): Operations {
  const all = () => registry.list(TYPE);
  const named = (input: JsonObject) => {
    const names = namesOf(input);
    return names === undefined ? all() : all().filter(({ physicalId }) => names.includes(physicalId));
  };
  const on = (action: string) => (input: JsonObject) =>
    (namesOf(input) ?? ['*']).map((name) => ({
      action: `cloudwatch:${action}`,
      resource: `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${String(name)}`,
    }));
  const setActions = (isEnabled: boolean) => (input: JsonObject) => {
    // Unknown alarm names are ignored, as by CloudWatch.
    for (const alarm of named(input))
      registry.put({ ...alarm, properties: { ...alarm.properties, ActionsEnabled: isEnabled } });
    return undefined;
  };
  return {
    DescribeAlarms: {
      grants: on('DescribeAlarms'),
      handle: (input) => ({ CompositeAlarms: [], MetricAlarms: named(input).map(describe) }),
    },
    DeleteAlarms: {
      grants: on('DeleteAlarms'),
      handle: (input) => {
        for (const { physicalId } of named(input)) registry.delete(TYPE, physicalId);
        return undefined;
      },
    },
    PutMetricAlarm: {
      grants: (input) => on('PutMetricAlarm')({ AlarmNames: [String(input['AlarmName'])] }),
      handle: ({ AlarmName, ...properties }) => {
        const found = all().find(({ physicalId }) => physicalId === AlarmName);
        if (found === undefined) {
          const remedy = 'The local cloud changes only alarms of a stack.';
          throw new AwsError('ResourceNotFound', `There is no alarm ${String(AlarmName)}. ${remedy}`);
        }
        registry.put({ ...found, properties });
        return undefined;
      },
    },
    EnableAlarmActions: { grants: on('EnableAlarmActions'), handle: setActions(true) },
    DisableAlarmActions: { grants: on('DisableAlarmActions'), handle: setActions(false) },
  };
}

function namesOf({ AlarmNames }: JsonObject): readonly Json[] | undefined {
  if (AlarmNames === undefined) return undefined;
  if (Array.isArray(AlarmNames) && AlarmNames.length <= 100) return AlarmNames;
  throw new AwsError('ValidationError', 'AlarmNames must be a list of at most 100 names.');
}

function describe({ attributes, physicalId, properties }: RecordedResource): JsonObject {
  return {
    ...properties,
    AlarmName: physicalId,
    AlarmArn: attributes['Arn'] ?? '',
    ActionsEnabled: properties['ActionsEnabled'] !== false && properties['ActionsEnabled'] !== 'false',
    StateValue: 'INSUFFICIENT_DATA',
  };
}
