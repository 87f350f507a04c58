import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { metricLines } from '../../../../functions/tester/metrics';
import { createCloudWatch } from '../../../aws/cloudwatch';
import { embeddedMetrics } from '../../../aws/cloudwatch/embedded-metrics';
import type { InvocationListener } from '../../../aws/lambda/invoker';
import { createLogs } from '../../../aws/logs';
import { createPassive } from '../../../aws/passive';
import { type ControlPlane, roleCredentials, startControlPlane } from '../../kernel/support/control-plane';

const minute = Date.parse('2026-11-25T12:00:00Z');
const group = '/aws/lambda/stack-tester';
const listeners = new Set<InvocationListener>();
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  const logs = createLogs(plane.kernel);
  plane.kernel.register(
    createCloudWatch(plane.kernel, {
      registry: createPassive(plane.kernel).registry,
      logs,
      lambda: { invoker: { listeners } },
    }),
  );
  await logs.operations?.['CreateLogGroup']?.handle({ logGroupName: group }, {} as never);
  const call = (name: string, passed: boolean, durationMs: number) => ({ name, passed, durationMs }) as never;
  const runs: [at: number, calls: never[]][] = [
    [minute + 5_000, [call('one', true, 10), call('two', true, 30)]],
    [minute + 65_000, [call('one', true, 20), call('two', false, 100)]],
    [minute + 70_000, [call('one', false, 40), call('two', false, 40)]],
  ];
  for (const [at, calls] of runs)
    for (const line of metricLines('stack', calls, new Date(at))) plane.kernel.writeLog(group, 'stream', line);
  const common = { requestId: '', executedVersion: '1', payload: '', logTail: '' };
  for (const listener of listeners) {
    listener('stack-tester', { ...common, startedAt: new Date(minute), durationMs: 120 });
    listener('stack-tester', {
      ...common,
      startedAt: new Date(minute + 1),
      durationMs: 80,
      functionError: 'Unhandled',
    });
  }
});
afterAll(async () => {
  await plane.close();
});

interface Answer {
  readonly status: number;
  /** The code of an error. */
  readonly type: string;
  readonly text: string;
  readonly body: {
    readonly MetricDataResults?: readonly { readonly Timestamps: number[]; readonly Values: number[] }[];
    readonly Metrics?: readonly { readonly MetricName: string; readonly Dimensions: { readonly Value: string }[] }[];
  };
}

/** As an SDK sends it: awsJson 1.0 by its target, or a form of the older query protocol. */
async function send(
  headers: Record<string, string>,
  body: string,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = plane.client.credentials,
): Promise<Answer> {
  const { host, hostname, port } = new URL(plane.kernel.endpoint);
  const signer = new SignatureV4({ service: 'monitoring', region: 'eu-west-1', credentials, sha256: Sha256 });
  const { headers: signed } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      headers: { ...headers, host },
      body,
    }),
  );
  const { host: _, ...sent } = signed;
  const response = await fetch(`${plane.kernel.endpoint}/`, { method: 'POST', headers: sent, body });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype') ?? '',
    text,
    body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {},
  };
}

const json = (operation: string, input: object, credentials?: Parameters<typeof send>[2]) =>
  send(
    {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
    },
    JSON.stringify(input),
    credentials,
  );

const query = (MetricName: string, Stat: string, dimensions: Record<string, string> = { Stack: 'stack' }) => ({
  Id: 'q',
  MetricStat: {
    Metric: {
      Namespace: MetricName.startsWith('Call') ? 'GrafanaObservability/Tester' : 'AWS/Lambda',
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60,
    Stat,
  },
});
const ask = (queries: object[], overrides: object = {}, credentials?: Parameters<typeof send>[2]) =>
  json(
    'GetMetricData',
    {
      StartTime: minute / 1000,
      EndTime: minute / 1000 + 180,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: queries,
      ...overrides,
    },
    credentials,
  );

describe('CloudWatch', () => {
  it.each<[metric: string, stat: string, dimensions: Record<string, string> | undefined, values: number[]]>([
    ['CallsPassed', 'Sum', undefined, [2, 1]],
    ['CallsFailed', 'Sum', undefined, [0, 3]],
    ['CallsFailed', 'Maximum', undefined, [0, 2]],
    ['CallsFailed', 'SampleCount', undefined, [1, 2]],
    ['CallDuration', 'Average', undefined, [20, 50]],
    ['CallDuration', 'p50', undefined, [20, 40]],
    ['CallDuration', 'p100', { Stack: 'stack', Call: 'two' }, [30, 100]],
    ['CallsFailed', 'Sum', { Stack: 'other' }, []],
    ['CallsFailed', 'Sum', {}, []],
    ['Invocations', 'Sum', { FunctionName: 'stack-tester' }, [2]],
    ['Errors', 'Sum', { FunctionName: 'stack-tester' }, [1]],
    ['Duration', 'Maximum', { FunctionName: 'stack-tester' }, [120]],
  ])('returns for each minute %s (%s) with the dimensions %j', async (metric, stat, dimensions, values) => {
    const { body } = await ask([query(metric, stat, dimensions)]);
    expect(body.MetricDataResults).toMatchObject([{ Id: 'q', Label: metric, StatusCode: 'Complete', Values: values }]);
    expect(body.MetricDataResults?.[0]?.Timestamps).toEqual(values.map((_, index) => minute / 1000 + index * 60));
  });

  it('returns the latest values first by default, and only those before the end', async () => {
    const { body } = await ask([query('CallsFailed', 'Sum')], { ScanBy: undefined });
    expect(body.MetricDataResults?.[0]?.Values).toEqual([3, 0]);
    const early = await ask([query('CallsFailed', 'Sum')], { EndTime: minute / 1000 + 60 });
    expect(early.body.MetricDataResults?.[0]?.Values).toEqual([0]);
  });

  it('answers the query protocol too', async () => {
    const { text } = await send(
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({
        Action: 'GetMetricData',
        Version: '2010-08-01',
        StartTime: new Date(minute).toISOString(),
        EndTime: new Date(minute + 60_000).toISOString(),
        'MetricDataQueries.member.1.Id': 'q',
        'MetricDataQueries.member.1.MetricStat.Metric.Namespace': 'GrafanaObservability/Tester',
        'MetricDataQueries.member.1.MetricStat.Metric.MetricName': 'CallsPassed',
        'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name': 'Stack',
        'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value': 'stack',
        'MetricDataQueries.member.1.MetricStat.Period': '60',
        'MetricDataQueries.member.1.MetricStat.Stat': 'Sum',
      }).toString(),
    );
    expect(text).toContain('<Timestamps><member>2026-11-25T12:00:00.000Z</member></Timestamps>');
    expect(text).toContain('<Values><member>2</member></Values>');
  });

  it('lists metrics by namespace, name and dimensions', async () => {
    const list = async (input: object) =>
      (await json('ListMetrics', input)).body.Metrics?.map(({ MetricName, Dimensions }) => [
        MetricName,
        Dimensions.map(({ Value }) => Value).join(),
      ]);
    expect(await list({ Namespace: 'AWS/Lambda', MetricName: 'Errors' })).toEqual([['Errors', 'stack-tester']]);
    expect(await list({ Dimensions: [{ Name: 'Call', Value: 'one' }] })).toEqual([['CallDuration', 'stack,one']]);
    expect(await list({ Namespace: 'AWS/Billing' })).toEqual([]);
  });

  it.each<[reason: string, query: object, overrides: object, error: string]>([
    ['metric math', { Id: 'q', Expression: 'a + 1' }, {}, 'UnsupportedOperation'],
    ['a statistic beyond these', query('CallsFailed', 'tm90'), {}, 'UnsupportedOperation'],
    [
      'a period of seconds',
      { Id: 'q', MetricStat: { ...query('CallsFailed', 'Sum').MetricStat, Period: 7 } },
      {},
      'InvalidParameterValue',
    ],
    ['an id in capitals', { ...query('CallsFailed', 'Sum'), Id: 'A' }, {}, 'InvalidParameterValue'],
    ['an end before the start', query('CallsFailed', 'Sum'), { EndTime: 1 }, 'InvalidParameterValue'],
  ])('refuses %s', async (_reason, wrong, overrides, error) => {
    expect(await ask([wrong], overrides)).toMatchObject({ status: 400, type: error });
  });

  it('allows only callers with a policy', async () => {
    const as = async (name: string, actions: string[]) => {
      const statements = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
      const { credentials } = await roleCredentials(plane.kernel, name, statements);
      return ask([query('CallsFailed', 'Sum')], {}, credentials);
    };
    expect(await as('reader', ['cloudwatch:GetMetricData'])).toMatchObject({ status: 200 });
    expect(await as('lister', ['cloudwatch:ListMetrics'])).toMatchObject({
      status: 400,
      type: 'AccessDeniedException',
    });
  });
});

describe('a log line', () => {
  const line = (directive: object, members: object = { Stack: 's', Calls: 1 }) =>
    JSON.stringify({ _aws: { Timestamp: minute, CloudWatchMetrics: [directive] }, ...members });
  const whole = { Namespace: 'N', Dimensions: [['Stack']], Metrics: [{ Name: 'Calls', Unit: 'Count' }] };

  it('contains a metric for each dimension set, and a value for each entry of a list', () => {
    const found = embeddedMetrics(line({ ...whole, Dimensions: [['Stack'], []] }, { Stack: 's', Calls: [1, 2] }));
    expect(found.map(({ metric, points }) => [metric.dimensions, points.map(({ value }) => value)])).toEqual([
      [{ Stack: 's' }, [1, 2]],
      [{}, [1, 2]],
    ]);
  });

  it.each([
    ['that is text', 'says "_aws" and no more'],
    ['with a dimension that has no value', line(whole, { Calls: 1 })],
    ['with a value that is not a number', line(whole, { Stack: 's', Calls: 'many' })],
    ['without a namespace', line({ ...whole, Namespace: undefined })],
    ['without a time', JSON.stringify({ _aws: { CloudWatchMetrics: [whole] }, Stack: 's', Calls: 1 })],
  ])('%s holds no metric', (_reason, text) => {
    expect(embeddedMetrics(text)).toEqual([]);
  });
});
