import { encodeWrite } from '../../../../local/engines/wire/remote-write';
import { createStack } from '../../../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../../../local/tests/support/test-cloud';
import { type Counts, priceUp } from '../../../../plugin/cost/price-up';
import { readPrices } from '../../../../plugin/cost/prices';
import { cost } from '../../../../plugin/verbs/cost';
import { contextAt } from '../../../helpers/plugin-context';

const prices = readPrices();

/** Two services of one task and one of two, 1,000 series at 5 s, one NAT gateway. */
const counts: Counts = {
  tasks: [
    { service: 'data-processor', count: 2, vcpu: 0.5, gb: 1, isArm: true },
    { service: 'loki', count: 1, vcpu: 0.25, gb: 1, isArm: true },
    { service: 'tempo', count: 1, vcpu: 0.25, gb: 1, isArm: false },
  ],
  loadBalancers: 3,
  natGateways: 1,
  addresses: 1,
  keys: 1,
  alarms: 5,
  insights: 'enabled',
  serviceAccounts: 1,
  series: [
    { metric: 'chatty_total', owner: 'checkout', series: 750, perSecond: 150 },
    { metric: 'up', owner: 'loki', series: 250, perSecond: 50 },
  ],
  usage: { logsGb: 10, natGb: 20, lambdaGbSeconds: 10_000, lambdaRequests: 50_000, bucketsGb: 100 },
};

describe('a bill', () => {
  // By hand, with the prices of docs/prices.yml.
  it.each([
    ['Fargate tasks', 730 * (1.25 * 0.03238 + 3 * 0.00356 + 0.25 * 0.04048 + 0.004445)],
    ['Load balancers', 3 * 730 * 0.0225],
    ['NAT gateways', 32.85],
    ['NAT traffic', 0.9],
    ['Public IPv4 addresses', 3.6],
    ['Grafana users', 9],
    ['Managed Prometheus', 46.656],
    ['KMS keys', 1],
    ['CloudWatch alarms', 0.5],
    ['CloudWatch logs', 5],
    ['Container Insights', 73 * 0.3],
    ['Lambda', 0.133334 + 0.01],
    ['S3 storage', 2.3],
  ])('has for %s what a count by hand gives', (name, monthly) => {
    const { lines } = priceUp(counts, prices);
    expect(lines.find(({ component }) => component === name)?.monthly).toBeCloseTo(monthly, 6);
  });

  it('has the sum of its lines, and names what is in no sum', () => {
    const { lines, monthly } = priceUp(counts, prices);
    expect(monthly).toBeCloseTo(221.1, 2);
    expect(lines.filter((line) => line.monthly === undefined).map(({ component }) => component)).toEqual([
      'Load balancer capacity',
      'S3 requests',
      'Step Functions',
      'X-Ray',
      'SNS and SQS',
      'Storage and queries of Managed Prometheus',
    ]);
  });

  it('shares the samples among services and metrics', () => {
    const { services, metrics } = priceUp(counts, prices);
    expect(services.map(({ name, series }) => [name, series])).toEqual([
      ['checkout', 750],
      ['loki', 250],
    ]);
    expect(services[0]?.monthly).toBeCloseTo(0.75 * 46.656, 6);
    expect(metrics[0]).toMatchObject({ name: 'chatty_total', samples: 150 });
  });

  it('says where to look a price up, and leaves it out of the sum', () => {
    const unknown = { ...prices, kmsKeyMonth: { lookUp: 'aws.amazon.com/kms/pricing', unit: 'key and month' } };
    const { lines, monthly } = priceUp(counts, unknown);
    expect(lines.find(({ component }) => component === 'KMS keys')).toEqual({
      component: 'KMS keys',
      quantity: '1',
      without: 'look up at aws.amazon.com/kms/pricing (key and month)',
    });
    expect(monthly).toBeCloseTo(220.1, 2);
  });

  it('tells what could not be counted instead of taking it for nothing', () => {
    const { series: _, ...uncounted } = { ...counts, usage: {} };
    const { lines } = priceUp(uncounted, prices);
    const without = lines.filter(({ monthly }) => monthly === undefined).map(({ component }) => component);
    expect(without).toEqual(expect.arrayContaining(['Managed Prometheus', 'CloudWatch logs', 'Lambda', 'S3 storage']));
  });
});

describe('of a deployed stack', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
    const alarm = { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 };
    const outputs = await createStack(
      cloud,
      'priced',
      {
        Metrics: { Type: 'AWS::APS::Workspace' },
        Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } },
        First: { Type: 'AWS::CloudWatch::Alarm', Properties: alarm },
        Second: { Type: 'AWS::CloudWatch::Alarm', Properties: alarm },
        Budget: {
          Type: 'AWS::Budgets::Budget',
          Properties: {
            Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: '5', Unit: 'USD' } },
          },
        },
      },
      {
        PrometheusEndpoint: { Value: { 'Fn::GetAtt': ['Metrics', 'PrometheusEndpoint'] } },
        WorkspaceId: { Value: { 'Fn::GetAtt': ['Metrics', 'WorkspaceId'] } },
      },
    );
    const now = Date.now();
    // A sample each 15 s for the last three minutes.
    const samples = Array.from({ length: 12 }, (_, index) => ({ value: 1, timestamp: now - (11 - index) * 15_000 }));
    const route = (name: string) => ({ __name__: 'requests_total', job: 'data-processor', route: name });
    const labels = [route('/a'), route('/b'), route('/c'), { __name__: 'up', job: 'loki' }];
    const body = encodeWrite({ series: labels.map((each) => ({ labels: each, samples })), metadata: [] });
    await cloud.aps.write(outputs['WorkspaceId'] ?? '', body);
  }, 60_000);
  afterAll(() => cloud?.close());

  it('counts series and samples by metric and service, with the resources', async () => {
    const { context, lines } = contextAt(cloud, 'priced', { options: { json: true } });
    await cost(context);
    const found = JSON.parse(lines.join('\n'));
    expect(found).toMatchObject({ stack: 'priced', unread: [], counts: { alarms: 2, keys: 1, serviceAccounts: 0 } });
    expect(found.services).toMatchObject([
      { name: 'data-processor-service', series: 3 },
      { name: 'loki', series: 1 },
    ]);
    // Four series of a sample each 15 s.
    const [first, second] = found.services.map(({ samples }: { samples: number }) => samples);
    expect(first + second).toBeCloseTo(4 / 15, 2);
  });

  it('says in its table that nothing is billed at a stage with an endpoint of its own', async () => {
    const { context, lines } = contextAt(cloud, 'priced');
    await cost(context);
    const text = lines.join('\n');
    expect(text).toContain('Nothing is billed at this stage');
    expect(text).toMatch(/\n {2}KMS keys +1\.00 {2}1\n/);
    expect(text).toMatch(/\n {2}in all +[\d.]+ {2}without the following\n/);
    expect(text).toMatch(/\n {2}S3 storage: no data; 0\.023 for each GB-month\n/);
    expect(text).toMatch(/The metrics that cost most\n {2}requests_total +[\d.]+ {2}3 series/);
  });
});
