import { table } from './markdown';

/** A unit price of docs/prices.yml, or where to look it up. */
export type Price =
  | { readonly price: number; readonly source: string; readonly dated?: string; readonly read?: string }
  | { readonly lookUp: string; readonly unit: string };
export type Prices = Readonly<Record<string, Price>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

/** One line of the cost table: a component, its quantity in the template, and its price a month. */
export interface Component {
  readonly name: string;
  /** Resource types of the template that this line pays for. */
  readonly types: readonly string[];
  readonly quantity: string;
  /** USD a month; undefined when a price has to be looked up. */
  readonly monthly?: number;
  /** The charges that depend on use. */
  readonly usage: string;
}

const HOURS = 730;

/** Types that cost nothing by themselves. */
export const freeTypes: readonly string[] = [
  ...[
    'VPC',
    'Subnet',
    'RouteTable',
    'Route',
    'SubnetRouteTableAssociation',
    'InternetGateway',
    'VPCGatewayAttachment',
  ].map((name) => `AWS::EC2::${name}`),
  ...['SecurityGroup', 'SecurityGroupIngress', 'SecurityGroupEgress', 'VPCEndpoint'].map((name) => `AWS::EC2::${name}`),
  ...['Listener', 'ListenerRule', 'TargetGroup'].map((name) => `AWS::ElasticLoadBalancingV2::${name}`),
  ...['AWS::ECS::Service', 'AWS::IAM::Role', 'AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'],
  ...['AWS::Lambda::Permission', 'AWS::Lambda::EventInvokeConfig', 'AWS::Events::Rule', 'AWS::SNS::Subscription'],
  ...['AWS::ApplicationAutoScaling::ScalableTarget', 'AWS::ApplicationAutoScaling::ScalingPolicy'],
];

/** The components of a packaged template, in the order of the table. */
export function components(resources: Resources, prices: Prices): readonly Component[] {
  const of = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);
  const price = (name: string): number => {
    const found = prices[name];
    if (!found || !('price' in found)) throw new Error(`docs/prices.yml has no price "${name}".`);
    return found.price;
  };
  const sized = tasks(resources);
  const vcpu = sum(sized.map(({ count, cpu }) => count * cpu));
  const memory = sum(sized.map(({ count, gb }) => count * gb));
  const balancers = of('AWS::ElasticLoadBalancingV2::LoadBalancer').length;
  const nats = of('AWS::EC2::NatGateway').length;
  const addresses = of('AWS::EC2::EIP').length;
  const keys = of('AWS::KMS::Key').length;
  const insights = JSON.stringify(of('AWS::ECS::Cluster')).includes('"disabled"') ? 'off' : 'on';
  const all: readonly Component[] = [
    {
      name: 'Fargate tasks',
      types: ['AWS::ECS::TaskDefinition'],
      quantity: `${sum(sized.map(({ count }) => count))} tasks: ${vcpu} vCPU, ${memory} GB (arm64, at minTasks)`,
      monthly: HOURS * (vcpu * price('fargateArmVcpuHour') + memory * price('fargateArmGbHour')),
      usage: 'more tasks up to maxTasks',
    },
    {
      name: 'Load balancers',
      types: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
      quantity: `${balancers}`,
      monthly: balancers * HOURS * price('loadBalancerHour'),
      usage: `${price('loadBalancerLcuHour')} an LCU-hour`,
    },
    {
      name: 'NAT gateways',
      types: ['AWS::EC2::NatGateway'],
      quantity: `${nats}`,
      monthly: nats * HOURS * price('natGatewayHour'),
      usage: `${price('natGatewayGb')} a GB; S3 goes through its free gateway endpoint instead`,
    },
    {
      name: 'Public IPv4 addresses',
      types: ['AWS::EC2::EIP'],
      quantity: `${addresses}`,
      monthly: addresses * price('publicAddressMonth'),
      usage: 'a public load balancer has one a zone too',
    },
    {
      name: 'Grafana users',
      types: [],
      quantity: '1: the service account, billed as an editor (the workspace is made by the setup machine)',
      monthly: price('grafanaEditorMonth'),
      usage: `${price('grafanaEditorMonth')} for each active editor or admin, ${price('grafanaViewerMonth')} for each active viewer`,
    },
    {
      name: 'KMS key',
      types: ['AWS::KMS::Key'],
      quantity: `${keys}`,
      monthly: keys * price('kmsKeyMonth'),
      usage: 'each yearly rotation adds a key version',
    },
    {
      name: 'CloudWatch logs',
      types: ['AWS::Logs::LogGroup'],
      quantity: 'a group for each function, container and machine',
      usage: `${price('logsGb')} a GB ingested`,
    },
    {
      name: 'Container Insights',
      types: ['AWS::ECS::Cluster'],
      quantity: insights,
      usage: insights === 'off' ? 'nothing' : `${price('customMetricMonth')} a custom metric`,
    },
    byUse('Managed Prometheus', ['AWS::APS::Workspace'], of('AWS::APS::Workspace').length, prices['ampSamples']),
    byUse('S3', ['AWS::S3::Bucket'], of('AWS::S3::Bucket').length, prices['s3Gb']),
    byUse('Lambda', ['AWS::Lambda::Function'], 'a function for each step, and the tester', prices['lambda']),
    byUse(
      'Step Functions',
      ['AWS::StepFunctions::StateMachine'],
      of('AWS::StepFunctions::StateMachine').length,
      prices['stateTransitions'],
    ),
    byUse('X-Ray traces of the machines', [], 2, prices['traces']),
    byUse('CloudWatch alarms', ['AWS::CloudWatch::Alarm'], of('AWS::CloudWatch::Alarm').length, prices['alarmMonth']),
    byUse('SNS and SQS', ['AWS::SNS::Topic', 'AWS::SQS::Queue'], 2, prices['messages']),
  ];
  return all.filter(({ types, quantity }) => types.length === 0 || quantity !== '0');
}

/** A table over two stages: components, quantities, USD a month, and what comes on top. */
export function costTable(stages: Readonly<Record<string, readonly Component[]>>): string {
  const names = Object.keys(stages);
  const lines = [...new Set(Object.values(stages).flatMap((list) => list.map(({ name }) => name)))];
  const find = (stage: string, name: string) => stages[stage]?.find((component) => component.name === name);
  const rows = lines.map((name) => [
    name,
    ...names.flatMap((stage) => [find(stage, name)?.quantity ?? '—', money(find(stage, name))]),
    names.map((stage) => find(stage, name)?.usage).find((usage) => usage !== undefined && usage !== 'nothing') ?? '',
  ]);
  const total = names.flatMap((stage) => [
    '',
    `**${sum((stages[stage] ?? []).map(({ monthly = 0 }) => monthly)).toFixed(2)}**`,
  ]);
  return table(
    ['component', ...names.flatMap((stage) => [`\`${stage}\``, 'USD a month']), 'on top, by use'],
    [...rows, ['**fixed, in all**', ...total, 'everything in this column']],
  );
}

/** Where each price was read. */
export function priceTable(prices: Prices): string {
  return table(
    ['price', 'USD', 'read in'],
    Object.entries(prices).map(([name, entry]) =>
      'price' in entry
        ? [
            `\`${name}\``,
            `${entry.price}`,
            `${entry.source}, ${entry.dated ? `dated ${entry.dated}` : `read ${entry.read}`}`,
          ]
        : [`\`${name}\``, 'look up', `${entry.lookUp} (per ${entry.unit})`],
    ),
  );
}

function byUse(name: string, types: readonly string[], count: number | string, price: Price | undefined): Component {
  if (!price || !('lookUp' in price)) throw new Error(`docs/prices.yml: ${name} has its price by use.`);
  return { name, types, quantity: `${count}`, usage: `per ${price.unit}: look up at ${price.lookUp}` };
}

function tasks(resources: Resources): readonly { readonly count: number; readonly cpu: number; readonly gb: number }[] {
  const scaled = Object.values(resources).filter(({ Type }) => Type === 'AWS::ApplicationAutoScaling::ScalableTarget');
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::ECS::Service')
    .map(([id, { Properties }]) => {
      const { DesiredCount, TaskDefinition } = Properties as { DesiredCount?: number; TaskDefinition: { Ref: string } };
      // A scaled service has no DesiredCount: the minimum number of tasks is the minimum cost.
      const target = scaled.find((one) => JSON.stringify(one.Properties?.['ResourceId']).includes(`\${${id}.Name}`));
      const size = resources[TaskDefinition.Ref]?.Properties ?? {};
      const count = Number(DesiredCount ?? target?.Properties?.['MinCapacity']);
      return { count, cpu: Number(size['Cpu']) / 1024, gb: Number(size['Memory']) / 1024 };
    });
}

function money(component: Component | undefined): string {
  if (!component) return '0.00';
  return component.monthly === undefined ? 'by use' : component.monthly.toFixed(2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
