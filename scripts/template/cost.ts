import {
  containerInsightsMetrics,
  costOf,
  HOURS,
  type Prices,
  plain,
  priceInWords,
  priceOf,
} from '../../plugin/cost/prices';
import { table } from './markdown';

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
  readonly monthly?: number | undefined;
  /** The charges that depend on use. */
  readonly usage: string;
}

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
  ...[
    'AWS::ECS::Service',
    'AWS::IAM::Role',
    'AWS::S3::BucketPolicy',
    'AWS::SSM::Parameter',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::QueuePolicy',
  ],
  // One that only notifies costs nothing (AWS's price list: "$0.00 for Budget-days").
  'AWS::Budgets::Budget',
  ...['AWS::Lambda::Permission', 'AWS::Lambda::EventInvokeConfig', 'AWS::Events::Rule', 'AWS::SNS::Subscription'],
  ...['AWS::ApplicationAutoScaling::ScalableTarget', 'AWS::ApplicationAutoScaling::ScalingPolicy'],
];

/** The components of a packaged template, in the order of the table. */
export function components(resources: Resources, prices: Prices): readonly Component[] {
  const of = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);
  const cost = (name: string, amount: number) => costOf(prices, name, amount);
  const words = (...names: readonly string[]) => names.map((name) => priceInWords(prices, name)).join('; ');
  const sized = tasks(resources);
  const vcpu = sum(sized.map(({ count, cpu }) => count * cpu));
  const memory = sum(sized.map(({ count, gb }) => count * gb));
  const balancers = of('AWS::ElasticLoadBalancingV2::LoadBalancer').length;
  const nats = of('AWS::EC2::NatGateway').length;
  const addresses = of('AWS::EC2::EIP').length;
  const keys = of('AWS::KMS::Key').length;
  const alarms = of('AWS::CloudWatch::Alarm').length;
  const clusters = JSON.stringify(of('AWS::ECS::Cluster'));
  const insights = clusters.includes('"disabled"') ? 0 : containerInsightsMetrics(of('AWS::ECS::Service').length);
  const insightsPrice = clusters.includes('"enhanced"') ? 'enhancedMetricMonth' : 'customMetricMonth';
  const all: readonly Component[] = [
    {
      name: 'Fargate tasks',
      types: ['AWS::ECS::TaskDefinition'],
      quantity: `${sum(sized.map(({ count }) => count))} tasks: ${vcpu} vCPU, ${memory} GB (arm64, at minTasks)`,
      monthly: sumOf(cost('fargateArmVcpuHour', HOURS * vcpu), cost('fargateArmGbHour', HOURS * memory)),
      usage: 'more tasks up to maxTasks',
    },
    {
      name: 'Load balancers',
      types: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
      quantity: `${balancers}`,
      monthly: cost('loadBalancerHour', HOURS * balancers),
      usage: words('loadBalancerLcuHour'),
    },
    {
      name: 'NAT gateways',
      types: ['AWS::EC2::NatGateway'],
      quantity: `${nats}`,
      monthly: cost('natGatewayHour', HOURS * nats),
      usage: `${words('natGatewayGb')}; S3 goes through its free gateway endpoint instead`,
    },
    {
      name: 'Public IPv4 addresses',
      types: ['AWS::EC2::EIP'],
      quantity: `${addresses}`,
      monthly: cost('publicAddressMonth', addresses),
      usage: 'a public load balancer has one a zone too',
    },
    {
      name: 'Grafana users',
      types: [],
      quantity: '1: the service account, billed as an editor (the workspace is made by the setup machine)',
      monthly: cost('grafanaEditorMonth', 1),
      usage: words('grafanaEditorMonth', 'grafanaViewerMonth'),
    },
    {
      name: 'KMS key',
      types: ['AWS::KMS::Key'],
      quantity: `${keys}`,
      monthly: cost('kmsKeyMonth', keys),
      usage: 'each yearly rotation adds a key version',
    },
    {
      name: 'Container Insights',
      types: ['AWS::ECS::Cluster'],
      quantity: insights === 0 ? 'off' : `at least ${insights} custom metrics`,
      monthly: cost(insightsPrice, insights),
      usage:
        'its performance log, at the price of CloudWatch logs; `enhanced` has metrics of each task and container too',
    },
    {
      name: 'CloudWatch alarms',
      types: ['AWS::CloudWatch::Alarm'],
      quantity: `${alarms}`,
      monthly: cost('alarmMonth', alarms),
      usage: 'nothing',
    },
    {
      name: 'CloudWatch logs',
      types: ['AWS::Logs::LogGroup'],
      quantity: 'a group for each function, container and machine',
      usage: words('logsGb'),
    },
    {
      name: 'Managed Prometheus',
      types: ['AWS::APS::Workspace'],
      quantity: `${of('AWS::APS::Workspace').length}`,
      usage: words('ampSamples', 'ampStorageGb', 'ampQuerySamples'),
    },
    {
      name: 'S3',
      types: ['AWS::S3::Bucket'],
      quantity: `${of('AWS::S3::Bucket').length}`,
      usage: words('s3Gb', 's3Writes', 's3Reads'),
    },
    {
      name: 'Lambda',
      types: ['AWS::Lambda::Function'],
      quantity: 'a function for each step, and the tester',
      usage: words('lambdaArmGbSecond', 'lambdaRequests'),
    },
    {
      name: 'Step Functions',
      types: ['AWS::StepFunctions::StateMachine'],
      quantity: `${of('AWS::StepFunctions::StateMachine').length}`,
      usage: words('stateTransitions'),
    },
    { name: 'X-Ray traces of the machines', types: [], quantity: '2', usage: words('traces') },
    {
      name: 'SNS and SQS',
      types: ['AWS::SNS::Topic', 'AWS::SQS::Queue'],
      quantity: '2',
      usage: words('notifications', 'queueRequests'),
    },
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

/** Where each price was read, for which region, and what each account has free a month. */
export function priceTable(prices: Prices): string {
  return table(
    ['price', 'USD, us-east-1', 'eu-west-1', 'for', 'free a month', 'read in'],
    Object.keys(prices).map((name) => {
      const entry = priceOf(prices, name);
      if (!('price' in entry)) return [`\`${name}\``, 'look up', 'look up', entry.unit, '', entry.lookUp];
      const { price, per, unit, then, free, source, dated, read } = entry;
      const above = then ? `; ${plain(then.price)} above ${then.above.toLocaleString('en-US')}` : '';
      return [
        `\`${name}\``,
        plain(price) + above,
        entry['eu-west-1'] === undefined ? 'look up' : plain(entry['eu-west-1']),
        per ? `${per.toLocaleString('en-US')} ${unit}` : unit,
        free?.toLocaleString('en-US') ?? '',
        `${source}, ${dated ? `dated ${dated}` : `read ${read}`}`,
      ];
    }),
  );
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

/** Undefined when one of them is: a sum without it would be too low. */
function sumOf(...costs: readonly (number | undefined)[]): number | undefined {
  return costs.reduce((total, each) => (total === undefined || each === undefined ? undefined : total + each), 0);
}
