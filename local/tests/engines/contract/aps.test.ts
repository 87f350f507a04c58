import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { AmpClient, DescribeWorkspaceCommand, ListWorkspacesCommand } from '@aws-sdk/client-amp';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { type ApsModule, createAps } from '../../../aws/aps';
import { createIam } from '../../../aws/iam';
import { encodeWrite, type TimeSeries } from '../../../engines/wire/remote-write';
import type { ResourceResult, ServiceModule } from '../../../kernel/contracts';
import { createKernel, type LocalKernel } from '../../../kernel/create-kernel';
import { kindsHere, resolveKind } from './support/engine';

/**
 * Amazon Managed Prometheus's contract (AWS's user guide, "Prometheus-compatible APIs"; prometheus.io, "HTTP API"),
 * tested with the store in memory and with a real Prometheus.
 */
const logGroup = 'arn:aws:logs:eu-west-1:000000000000:log-group:/aws/vendedlogs/prometheus/x:*';
type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

describe.each(kindsHere('prometheus'))('Amazon Managed Prometheus (store: %s)', (kind) => {
  let directory: string;
  let kernel: LocalKernel;
  let aps: ApsModule;
  let iam: ServiceModule;
  let endpoint: string;
  let arn: string;
  const deployer: Keys = { accessKeyId: 'local', secretAccessKey: 'local' };
  const now = Date.now();

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aps-'));
    kernel = await createKernel({
      port: 0,
      directory: () => directory,
      region: 'eu-west-1',
      accountId: '000000000000',
    });
    iam = createIam(kernel);
    kernel.register(iam);
    aps = createAps(kernel, { resolve: () => resolveKind('prometheus', kind) });
    kernel.register(aps);
    const made = await resource({
      Alias: 'x',
      LoggingConfiguration: { LogGroupArn: logGroup },
      WorkspaceConfiguration: { RetentionPeriodInDays: '30' },
    });
    arn = made.physicalId;
    endpoint = made.attributes?.['PrometheusEndpoint'] ?? '';
    const counter = (status: string, values: readonly number[]): TimeSeries => ({
      labels: { __name__: 'http_requests_total', job: 'data-processor', method: 'POST', status },
      samples: values.map((value, index) => ({ value, timestamp: now - (values.length - 1 - index) * 15_000 })),
    });
    const body = encodeWrite({
      series: [counter('201', [0, 3, 6, 9, 12]), counter('500', [0, 0, 0, 1, 1])],
      metadata: [{ name: 'http_requests_total', type: 'counter', help: 'Requests.', unit: '' }],
    });
    expect((await call('POST', 'remote_write', { body })).status).toBe(200);
  }, 90_000);

  afterAll(async () => {
    await kernel.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const resource = (properties: Record<string, never> | object) =>
    handler('create')({
      stackName: 's',
      stackId: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/s/1',
      logicalId: 'PrometheusWorkspace',
      type: 'AWS::APS::Workspace',
      properties: properties as never,
      tags: {},
    });
  const handler = (verb: 'create') => {
    const found = aps.resources?.['AWS::APS::Workspace'];
    if (found === undefined) throw new Error('no handler');
    return found[verb];
  };

  async function createRole(Statement: readonly object[]): Promise<ResourceResult> {
    const make = iam.resources?.['AWS::IAM::Role'];
    if (make === undefined) throw new Error('no roles');
    const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const policy = (statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
    return make.create({
      stackName: 's',
      stackId: 'x',
      logicalId: 'TaskRole',
      type: 'AWS::IAM::Role',
      properties: {
        AssumeRolePolicyDocument: policy([trust]),
        Policies: [{ PolicyName: 'p', PolicyDocument: policy(Statement) }],
      } as never,
      tags: {},
    });
  }

  /** A request below /api/v1/, signed for `region` with `keys`, or not at all. */
  async function call(
    method: string,
    path: string,
    {
      body,
      query = {},
      keys = deployer,
      region = 'eu-west-1',
      form,
    }: {
      body?: Buffer;
      query?: Record<string, string>;
      keys?: Keys | undefined;
      region?: string;
      form?: Record<string, string>;
    } = {},
    sign = true,
  ): Promise<{ status: number; text: string; json: () => never }> {
    const url = new URL(`${endpoint}api/v1/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
    const content = form ? Buffer.from(new URLSearchParams(form).toString()) : body;
    const request = new HttpRequest({
      method,
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: {
        host: url.host,
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/x-protobuf',
      },
      ...(content && { body: content }),
    });
    const signer = new SignatureV4({ service: 'aps', region, credentials: keys, sha256: Sha256 });
    const { headers } = sign ? await signer.sign(request) : request;
    const { host: _, ...rest } = headers;
    const response = await fetch(url, { method, headers: rest, ...(content && { body: new Uint8Array(content) }) });
    const text = await response.text();
    return { status: response.status, text, json: () => JSON.parse(text) as never };
  }

  it('gives the template an ARN by Ref and an endpoint that ends in a slash', () => {
    expect(arn).toMatch(/^arn:aws:aps:eu-west-1:000000000000:workspace\/ws-[0-9a-f-]{36}$/);
    expect(endpoint).toBe(`${kernel.endpoint}/workspaces/${arn.split('/')[1]}/`);
  });

  it('describes and lists its workspaces to the SDK', async () => {
    const client = new AmpClient({
      endpoint: kernel.endpoint,
      region: 'eu-west-1',
      credentials: deployer,
      maxAttempts: 1,
    });
    const { workspace } = await client.send(new DescribeWorkspaceCommand({ workspaceId: arn.split('/')[1] }));
    expect(workspace).toMatchObject({
      arn,
      alias: 'x',
      prometheusEndpoint: endpoint,
      status: { statusCode: 'ACTIVE' },
    });
    const { workspaces } = await client.send(new ListWorkspacesCommand({}));
    expect(workspaces?.map((each) => each.arn)).toEqual([arn]);
    await expect(client.send(new DescribeWorkspaceCommand({ workspaceId: 'ws-none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('answers an instant query, by GET and by POST', async () => {
    const query = 'sum by (status) (http_requests_total)';
    const expected = { status: 'success', data: { resultType: 'vector' } };
    const got = (await call('GET', 'query', { query: { query } })).json() as {
      data: { result: { metric: object; value: [number, string] }[] };
    };
    expect(got).toMatchObject(expected);
    expect(Object.fromEntries(got.data.result.map(({ metric, value }) => [JSON.stringify(metric), value[1]]))).toEqual({
      '{"status":"201"}': '12',
      '{"status":"500"}': '1',
    });
    expect((await call('POST', 'query', { form: { query: '1 + 1' } })).json()).toMatchObject({
      data: { resultType: 'scalar', result: [expect.any(Number), '2'] },
    });
  });

  it('answers a range query with the values that Prometheus computes', async () => {
    const range = { start: String((now - 30_000) / 1000), end: String(now / 1000), step: '15' };
    const got = (
      await call('GET', 'query_range', {
        query: { query: 'increase(http_requests_total{status="201"}[1m])', ...range },
      })
    ).json() as {
      data: { resultType: string; result: { values: [number, string][] }[] };
    };
    expect(got.data.resultType).toBe('matrix');
    const values = got.data.result[0]?.values.map(([, value]) => Number(value)) ?? [];
    expect(values).toHaveLength(3);
    // Four samples 15 s apart in the minute, 9 more by the last of them, stretched by the 15 s to the range's start.
    expect(values.at(-1)).toBeCloseTo(12);
  });

  it('lists labels, values, series and metadata', async () => {
    expect((await call('GET', 'labels')).json()).toMatchObject({ data: ['__name__', 'job', 'method', 'status'] });
    expect((await call('GET', 'label/status/values')).json()).toMatchObject({ data: ['201', '500'] });
    const series = (
      await call('GET', 'series', { query: { 'match[]': 'http_requests_total{status="500"}' } })
    ).json() as { data: object[] };
    expect(series.data).toEqual([
      { __name__: 'http_requests_total', job: 'data-processor', method: 'POST', status: '500' },
    ]);
    expect((await call('GET', 'metadata')).status).toBe(200);
  });

  it.each([
    ['sum(', 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: /],
    ['nope(up)', 400, 'bad_data', /parse error: unknown function with name "nope"/],
    [
      'rate(http_requests_total)',
      400,
      'bad_data',
      /expected type range vector in call to function "rate", got instant vector/,
    ],
    ['http_requests_total * on () http_requests_total', 422, 'execution', /many-to-many matching not allowed/],
  ])('refuses %s with %d %s', async (query, status, errorType, error) => {
    const answer = await call('GET', 'query', { query: { query } });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ status: 'error', errorType, error: expect.stringMatching(error) });
  });

  it('refuses a duplicate with another value', async () => {
    const series = [
      {
        labels: { __name__: 'http_requests_total', job: 'data-processor', method: 'POST', status: '201' },
        samples: [{ value: 99, timestamp: now }],
      },
    ];
    const { status, text } = await call('POST', 'remote_write', { body: encodeWrite({ series, metadata: [] }) });
    expect(status).toBe(400);
    expect(text).toMatch(/duplicate sample/);
  });

  it('refuses a body that is not remote write', async () => {
    expect((await call('POST', 'remote_write', { body: Buffer.from('nonsense') })).status).toBe(400);
  });

  it('refuses a write without a signature, with a wrong key, for another region', async () => {
    const body = encodeWrite({ series: [], metadata: [] });
    expect((await call('POST', 'remote_write', { body }, false)).status).toBe(403);
    expect((await call('POST', 'remote_write', { body, keys: { ...deployer, secretAccessKey: 'wrong' } })).status).toBe(
      403,
    );
    expect((await call('POST', 'remote_write', { body, region: 'us-east-1' })).status).toBe(403);
  });

  it('allows a role only the actions in its policy', async () => {
    const { physicalId: name } = await createRole([
      { Effect: 'Allow', Action: 'aps:RemoteWrite', Resource: arn },
      { Effect: 'Allow', Action: 'aps:GetLabels', Resource: `${arn}-another` },
    ]);
    const role = kernel.roles.findByName(name)?.arn ?? '';
    const { credentials: keys } = kernel.assumeRole(role, 'ecs-tasks.amazonaws.com', 'task');
    const body = encodeWrite({ series: [], metadata: [] });
    expect((await call('POST', 'remote_write', { body, keys })).status).toBeLessThan(300);
    const refused = await call('GET', 'query', { query: { query: 'up' }, keys });
    expect(refused.status).toBe(403);
    expect(refused.text).toMatch(/is not authorized to perform: aps:QueryMetrics on resource: arn:aws:aps:/);
    expect((await call('GET', 'labels', { keys })).status).toBe(403);
  });

  if (kind === 'stand-in') {
    it('answers 501 to PromQL that it does not evaluate', async () => {
      const answer = await call('GET', 'query', { query: { query: 'predict_linear(up[5m], 1)' } });
      expect(answer.status).toBe(501);
      expect(answer.json()).toMatchObject({
        status: 'error',
        errorType: 'unsupported',
        error: expect.stringContaining('predict_linear()'),
      });
    });
  }

  it('deletes the workspace when its resource is deleted', async () => {
    const made = await resource({});
    const request = {
      stackName: 's',
      stackId: 'x',
      logicalId: 'W',
      type: 'AWS::APS::Workspace',
      properties: {},
      tags: {},
      physicalId: made.physicalId,
    };
    await aps.resources?.['AWS::APS::Workspace']?.delete(request);
    await aps.resources?.['AWS::APS::Workspace']?.delete(request);
    expect(aps.workspaces().map(({ id }) => id)).toEqual([arn.split('/')[1]]);
  });

  it.each([
    [{ Aliaas: 'x' }, /Aliaas/],
    [{ LoggingConfiguration: { LogGroupArn: logGroup.slice(0, -2) } }, /LoggingConfiguration.LogGroupArn/],
    [{ WorkspaceConfiguration: { RetentionPeriodInDays: '0' } }, /RetentionPeriodInDays/],
  ])('refuses the properties %j', async (properties, reason) => {
    await expect(resource(properties)).rejects.toThrow(reason);
  });
});
