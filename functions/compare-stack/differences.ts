import { COMPARED_TYPES, type ComparedType, type DeclaredResource, type Properties } from '../domain/deployed-stack';

/** The compared properties. Whether actions are armed and schedules run is compared by ResumeAutomation. */
const compared: Readonly<Record<ComparedType, { readonly called: string; readonly properties: readonly string[] }>> = {
  'AWS::Logs::LogGroup': { called: 'log group', properties: ['RetentionInDays'] },
  'AWS::CloudWatch::Alarm': {
    called: 'alarm',
    properties: [
      'Namespace',
      'MetricName',
      'Dimensions',
      'Statistic',
      'Period',
      'EvaluationPeriods',
      'DatapointsToAlarm',
      'Threshold',
      'ComparisonOperator',
      'TreatMissingData',
      'AlarmActions',
      'OKActions',
    ],
  },
  'AWS::Events::Rule': { called: 'rule', properties: ['ScheduleExpression', 'EventPattern', 'Targets', 'State'] },
  'AWS::ECS::Service': { called: 'service', properties: ['TaskDefinition'] },
};

/** Values that CloudFormation gives a property that the template leaves out. */
const defaults: Readonly<Partial<Record<ComparedType, Properties>>> = { 'AWS::Events::Rule': { State: 'ENABLED' } };

/** The members of a rule's target that EventBridge returns as they were given. */
const TARGET_MEMBERS = ['Id', 'Arn', 'Input', 'RoleArn'];

export const isCompared = (type: string): type is ComparedType => (COMPARED_TYPES as readonly string[]).includes(type);

/** How a resource differs from its template, a text for each property; empty when it does not. */
export function differences(
  { logicalId, properties, type }: DeclaredResource & { readonly type: ComparedType },
  physicalIds: ReadonlyMap<string, string>,
  actual: Properties | undefined,
): readonly string[] {
  const { called, properties: names } = compared[type];
  const what = `${called} ${nameOf(physicalIds.get(logicalId) ?? logicalId)}`;
  if (actual === undefined) return [`${what} is missing`];
  // ResumeAutomation puts a schedule's state back, by the parameters.
  const declared = 'State' in properties ? { ...properties, State: undefined } : { ...defaults[type], ...properties };
  return names.flatMap((name) => {
    const wanted = (declared as Properties)[name];
    if (wanted === undefined || matches(wanted, actual[name], physicalIds)) return [];
    return [`${what}: ${name} is ${show(actual[name])} instead of ${show(wanted)}`];
  });
}

/** True also for what only CloudFormation can resolve, for example `Fn::Sub`. */
function matches(wanted: unknown, actual: unknown, physicalIds: ReadonlyMap<string, string>): boolean {
  if (Array.isArray(wanted)) {
    const items: readonly unknown[] = Array.isArray(actual) ? actual : [];
    return (
      items.length === wanted.length &&
      wanted.every((one: unknown) => items.some((other) => matches(one, other, physicalIds)))
    );
  }
  if (!isRecord(wanted)) return String(wanted) === String(actual);
  const { Ref: ref, 'Fn::GetAtt': attribute } = wanted;
  if (typeof ref === 'string') return !physicalIds.has(ref) || physicalIds.get(ref) === actual;
  if (Array.isArray(attribute)) {
    const id = physicalIds.get(String(attribute[0]));
    return attribute[1] !== 'Arn' || id === undefined || endsWithName(String(actual), id);
  }
  if (Object.keys(wanted).some((name) => name.startsWith('Fn::'))) return true;
  const isTarget = 'Id' in wanted && 'Arn' in wanted;
  return Object.entries(wanted)
    .filter(([name]) => !isTarget || TARGET_MEMBERS.includes(name))
    .every(([name, value]) => matches(value, isRecord(actual) ? actual[name] : undefined, physicalIds));
}

/** The ARN of a function or role ends with its name; other physical ids are ARNs themselves. */
function endsWithName(arn: string, id: string): boolean {
  return arn === id || arn.endsWith(`:${id}`) || arn.endsWith(`/${id}`);
}

/** The last part of an ARN; a log group's name has slashes and is no ARN. */
function nameOf(physicalId: string): string {
  return physicalId.startsWith('arn:') ? (physicalId.split('/').at(-1) ?? physicalId) : physicalId;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
}

function isRecord(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
