import { nameOf } from './name-limits';
import { ofType, type template, templates, type Value } from './template';

/**
 * CloudFormation (aws-facts: cfn-limits), Step Functions, ECS and Lambda quotas (aws-facts: lambda-environment-size).
 */
const limits = {
  resources: 500,
  outputs: 200,
  mappings: 200,
  templateBytes: 1_000_000,
  taskDefinitionBytes: 65_536,
  stateMachineBytes: 1_048_576,
  inlinePolicyBytes: 10_240,
  environmentBytes: 4096,
  rulesOfASecurityGroup: 60,
} as const;

/** The largest variant's use of each limit. */
const used: Record<keyof typeof limits, number> = {
  resources: Math.max(...templates.map(({ resources }) => resources.length)),
  outputs: largest(templates.map(({ raw }) => Object.keys(raw['Outputs'] ?? {}).length)),
  mappings: largest(templates.map(({ raw }) => Object.keys(raw['Mappings'] ?? {}).length)),
  templateBytes: largest(templates.map(({ bytes }) => bytes)),
  taskDefinitionBytes: largestOf('AWS::ECS::TaskDefinition', (properties) => size(properties)),
  stateMachineBytes: largestOf('AWS::StepFunctions::StateMachine', ({ Definition = null }) => size(Definition)),
  inlinePolicyBytes: largestOf('AWS::IAM::Role', ({ Policies = [] }) => size(Policies)),
  environmentBytes: largestOf('AWS::Lambda::Function', ({ Environment = null }) => size(Environment)),
  rulesOfASecurityGroup: largestOf(
    'AWS::EC2::SecurityGroup',
    ({ SecurityGroupIngress = [], SecurityGroupEgress = [] }) =>
      [SecurityGroupIngress].flat().length + [SecurityGroupEgress].flat().length,
  ),
};

describe('CloudFormation limits', () => {
  afterAll(() => {
    const rows = Object.entries(limits).map(([name, limit]) => {
      const share = Math.round((100 * used[name as keyof typeof limits]) / limit);
      return `  ${name.padEnd(24)} ${String(used[name as keyof typeof limits]).padStart(8)} of ${String(limit).padStart(9)}  (${share} %)`;
    });
    process.stdout.write(`Template limits, largest variant:\n${rows.join('\n')}\n`);
  });

  it.each(Object.keys(limits) as (keyof typeof limits)[])('leaves a quarter of %s free', (name) => {
    expect(used[name]).toBeGreaterThan(0);
    expect(used[name]).toBeLessThan(limits[name] * 0.75);
  });

  it('leaves room for the longest stage name in every physical name', () => {
    const room = templates.flatMap((each) => each.resources.map((resource) => stageRoom(resource, each.variant)));
    const longest = Math.min(...room);
    process.stdout.write(`Stage names may have ${longest} characters.\n`);
    expect(longest).toBeGreaterThanOrEqual(16);
  });
});

function stageRoom(resource: ReturnType<typeof template>['resources'][number], variant: string): number {
  const named = nameOf(resource);
  if (named === undefined) return Number.POSITIVE_INFINITY;
  const stage = variant === 'public-https' ? 'production' : variant === 'existing-vpc' ? 'dev' : variant;
  return named.limit - (named.name.length - stage.length);
}

function largestOf(type: string, measure: (properties: { [key: string]: Value }) => number): number {
  return largest(templates.flatMap((each) => ofType(each, type).map(({ Properties }) => measure(Properties))));
}

function largest(numbers: readonly number[]): number {
  return Math.max(...numbers);
}

function size(value: Value): number {
  return Buffer.byteLength(JSON.stringify(value));
}
