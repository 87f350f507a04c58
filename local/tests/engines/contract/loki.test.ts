import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { type Engine, kindsHere, resolveKind, startEngine, startS3, until } from './support/engine';

/**
 * The part of Loki's API that the stack uses (grafana.com/docs/loki, "Loki HTTP API"), for the stand-in and a real
 * Loki.
 */
const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

type Streams = {
  data: { resultType: string; result: { stream: Record<string, string>; values: [string, string][] }[] };
};
type Matrix = {
  data: { resultType: string; result: { metric: Record<string, string>; values: [number, string][] }[] };
};

describe.each(kindsHere('loki', 's3'))('Loki (%s)', (kind) => {
  let engine: Engine;
  let s3: Awaited<ReturnType<typeof startS3>> | undefined;
  const base = BigInt(Date.now() - 60_000) * 1_000_000n;

  beforeAll(async () => {
    const backend = await resolveKind('loki', kind);
    s3 = kind === 'real' ? await startS3() : undefined;
    if (s3) await client(s3).send(new CreateBucketCommand({ Bucket: 'loki-contract' }));
    engine = await startEngine(backend, {
      ports: ['GRPC_PORT'],
      variables: {
        BUCKET_NAME: 'loki-contract',
        AWS_REGION: 'eu-west-1',
        S3_ENDPOINT: s3 ? `127.0.0.1:${s3.ports['HTTP_PORT']}` : '127.0.0.1:9',
        S3_INSECURE: 'true',
        S3_BUCKET_LOOKUP: 'path',
        RETENTION: '720h',
      },
      env: { ...s3?.env, AWS_REGION: 'eu-west-1' },
      args: ({ configFile }) => [`-config.file=${configFile}`],
    });
    expect(await sendJson(engine.url, base)).toBe(204);
    await until(
      'the first line',
      async () => (await lines('{service_name="data-processor-service"}')).data.result.length > 0,
    );
  }, 120_000);

  afterAll(async () => {
    await engine.stop();
    await s3?.stop();
  });

  async function ask(
    path: string,
    parameters: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${engine.url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`, { headers });
  }
  const window = () => ({
    start: String(base - 60_000_000_000n),
    end: String(BigInt(Date.now() + 1_000) * 1_000_000n),
  });
  const lines = async (query: string, parameters: Record<string, string> = {}) =>
    (await (await ask('query_range', { query, ...window(), ...parameters })).json()) as Streams;

  it('finds a line by its trace id in the structured metadata', async () => {
    const { data } = await lines(`{service_name="data-processor-service"} | trace_id="${traceId}"`);
    expect(data.resultType).toBe('streams');
    expect(data.result.flatMap(({ values }) => values.map(([, line]) => line))).toEqual([
      '{"level":"info","status":201,"message":"stored"}',
    ]);
    expect(data.result[0]?.stream).toMatchObject({
      service_name: 'data-processor-service',
      trace_id: traceId,
      span_id: spanId,
    });
  });

  it('has bounded index labels: no task and no trace id among them', async () => {
    const names = (await (await ask('labels', window())).json()) as { data: string[] };
    expect(names.data.filter((name) => name !== '__stream_shard__').sort()).toEqual([
      'deployment_environment_name',
      'service_name',
    ]);
    const values = (await (await ask('label/service_name/values', window())).json()) as { data: string[] };
    expect(values.data).toEqual(['data-processor-service']);
  });

  it('keeps the instance as structured metadata', async () => {
    const { data } = await lines('{service_name="data-processor-service"} | service_instance_id="task-1"');
    expect(data.result.length).toBeGreaterThan(0);
  });

  it.each([
    ['{service_name="data-processor-service"} |= "stored"', 1],
    ['{service_name="data-processor-service"} != "stored"', 2],
    ['{service_name=~"data-.+"} |~ "no such|broken"', 1],
    ['{service_name="data-processor-service"} | json | status >= 400', 1],
    ['{service_name="data-processor-service"} | json | level="error" or status=201', 2],
    ['{service_name="data-processor-service"} | json | __error__="JSONParserErr"', 1],
    ['{service_name="data-processor-service"} | detected_level="error"', 1],
    ['{service_name="nobody"}', 0],
  ])('answers %s with %d lines', async (query, count) => {
    const { data } = await lines(query);
    expect(data.result.flatMap(({ values }) => values)).toHaveLength(count);
  });

  it('returns the newest lines first, up to the limit', async () => {
    const { data } = await lines('{service_name="data-processor-service"}', { limit: '1' });
    expect(data.result.flatMap(({ values }) => values.map(([, line]) => line))).toEqual(['not json']);
    const forward = await lines('{service_name="data-processor-service"}', { limit: '1', direction: 'forward' });
    expect(forward.data.result[0]?.values[0]?.[1]).toContain('stored');
  });

  it('counts lines by level over time', async () => {
    const query =
      'sum by (level) (count_over_time({service_name="data-processor-service"} | json | __error__="" [5m]))';
    const at = String(Date.now() / 1000);
    const instant = (await (await ask('query', { query, time: at })).json()) as {
      data: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    expect(instant.data.resultType).toBe('vector');
    const byLevel = Object.fromEntries(instant.data.result.map(({ metric, value }) => [metric['level'], value[1]]));
    expect(byLevel).toEqual({ info: '1', error: '1' });
    const range = (await (await ask('query_range', { query, ...window(), step: '15' })).json()) as Matrix;
    expect(range.data.resultType).toBe('matrix');
    expect(range.data.result.map(({ metric }) => metric['level']).sort()).toEqual(['error', 'info']);
  });

  it('separates labels, structured metadata and parsed labels when asked to', async () => {
    const query = `{service_name="data-processor-service"} | json | trace_id="${traceId}"`;
    const response = await ask(
      'query_range',
      { query, ...window() },
      { 'x-loki-response-encoding-flags': 'categorize-labels' },
    );
    const { data } = (await response.json()) as {
      data: { encodingFlags: string[]; result: { stream: Record<string, string>; values: unknown[][] }[] };
    };
    expect(data.encodingFlags).toContain('categorize-labels');
    expect(data.result[0]?.stream).toEqual({
      service_name: 'data-processor-service',
      deployment_environment_name: 'test',
    });
    expect(data.result[0]?.values[0]?.[2]).toMatchObject({
      structuredMetadata: { trace_id: traceId },
      parsed: { level: 'info', status: '201' },
    });
  });

  describe('the requests of Logs Drilldown', () => {
    const query = '{service_name="data-processor-service"}';
    const body = async (path: string, parameters: Record<string, string>) =>
      (await (await ask(path, { ...window(), ...parameters })).json()) as Record<string, unknown>;

    it('lists the fields of the lines with type, cardinality and parser', async () => {
      const { fields, limit } = (await body('detected_fields', { query })) as { fields: object[]; limit: number };
      expect(limit).toBe(1000);
      expect(fields).toEqual(
        expect.arrayContaining([
          { label: 'status', type: 'int', cardinality: 2, parsers: ['json'], jsonPath: ['status'] },
          { label: 'message', type: 'string', cardinality: 2, parsers: ['json'], jsonPath: ['message'] },
          { label: 'trace_id', type: 'string', cardinality: 1, parsers: null },
          { label: 'severity_number', type: 'int', cardinality: 2, parsers: null },
          { label: 'detected_level', type: 'string', cardinality: 2, parsers: null },
        ]),
      );
    });

    it('lists only the fields of lines that the query selects', async () => {
      const { fields } = await body('detected_fields', { query: `${query} |= "stored"` });
      expect(fields).toContainEqual(expect.objectContaining({ label: 'status', cardinality: 1 }));
      expect(await body('detected_fields', { query: '{service_name="nobody"}' })).toEqual({});
    });

    it('lists the values of a field', async () => {
      expect(await body('detected_field/level/values', { query })).toEqual({ limit: 1000, values: ['error', 'info'] });
    });

    it('lists the labels with their numbers of values', async () => {
      const { detectedLabels } = await body('detected_labels', { query });
      expect(detectedLabels).toEqual(
        expect.arrayContaining([
          { label: 'service_name', cardinality: 1 },
          { label: 'deployment_environment_name', cardinality: 1 },
        ]),
      );
      expect(await body('detected_labels', { query: '{service_name="nobody"}' })).toEqual({});
    });

    it('counts streams, chunks, bytes and entries', async () => {
      // A real Loki counts none of them before it has written its index.
      const number = expect.any(Number);
      expect(await body('index/stats', { query })).toEqual({
        streams: number,
        chunks: number,
        bytes: number,
        entries: number,
      });
    });

    it.each([
      ['by the labels of the selector', {}, { service_name: 'data-processor-service' }],
      ['by target labels', { targetLabels: 'deployment_environment_name' }, { deployment_environment_name: 'test' }],
      [
        'by the name of a label',
        { targetLabels: 'deployment_environment_name', aggregateBy: 'labels' },
        { deployment_environment_name: '' },
      ],
    ])('returns the volume %s', async (_, parameters, metric) => {
      const { data } = (await body('index/volume', { query, ...parameters })) as {
        data: { resultType: string; result: { metric: object; value: [number, string] }[] };
      };
      expect(data.resultType).toBe('vector');
      expect(data.result).toEqual([{ metric, value: [expect.any(Number), expect.stringMatching(/^[1-9]\d*$/)] }]);
    });

    it.each([
      ['detected_fields', '', /unexpected \$end/],
      ['detected_fields', 'sum(count_over_time({service_name="x"}[1m]))', /only log selector is supported/],
      ['detected_fields', '{service_name=~".*"}', /at least one regexp or equality matcher/],
      ['index/stats', '{service_name="x"} | json', /only label matchers are supported/],
      ['index/volume', '{service_name="x"} | json', /only label matchers are supported/],
    ])('refuses in %s: %s', async (path, refused, reason) => {
      const response = await ask(path, { query: refused });
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(reason);
    });
  });

  it('accepts OTLP as protobuf too', async () => {
    const time = BigInt(Date.now()) * 1_000_000n;
    const body = ProtobufLogsSerializer.serializeRequest([
      {
        hrTime: [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)],
        hrTimeObserved: [Number(time / 1_000_000_000n), 0],
        severityNumber: 17,
        severityText: 'ERROR',
        body: 'over protobuf',
        attributes: { 'http.route': '/data/{key}' },
        droppedAttributesCount: 0,
        resource: { attributes: { 'service.name': 'protobuf-service' }, asyncAttributesPending: false },
        instrumentationScope: { name: 'contract' },
        spanContext: { traceId, spanId, traceFlags: 1 },
      } as never,
    ]);
    const response = await fetch(`${engine.url}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body ?? []),
    });
    expect(response.status).toBe(204);
    const found = await until(
      'the line',
      async () => (await lines('{service_name="protobuf-service"}')).data.result[0],
    );
    expect(found.stream).toMatchObject({ trace_id: traceId, http_route: '/data/{key}', detected_level: 'error' });
    expect(found.values[0]?.[1]).toBe('over protobuf');
  });

  it.each([
    ['{service_name="x"', 'query_range', /parse error at line 1, col 1[78]: syntax error: unexpected/],
    ['{service_name=~".*"}', 'query_range', /at least one regexp or equality matcher/],
    ['{service_name="x"}', 'query', /log queries are not supported as an instant query type/],
  ])('refuses %s in %s with 400 and the reason', async (query, path, reason) => {
    const response = await ask(path, { query });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(reason);
  });

  it('refuses a body that is not OTLP', async () => {
    const response = await fetch(`${engine.url}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceLogs": 7}',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  if (kind === 'stand-in') {
    it.each([
      ['query_range', '{service_name="x"} | unpack', /unpack.*not implemented/],
      ['query_range', 'quantile_over_time(0.9, {service_name="x"} | unwrap status [1m])', /not implemented/],
      ['tail', '{service_name="x"}', /GET \/loki\/api\/v1\/tail is not implemented/],
    ])('answers 501 to what it does not support: %s %s', async (path, query, reason) => {
      const response = await ask(path, { query });
      expect(response.status).toBe(501);
      expect(await response.text()).toMatch(reason);
    });
  } else {
    it('flushes its data to the bucket when it is stopped', async () => {
      if (s3 === undefined) throw new Error('no S3');
      expect(await engine.stop()).toBe(0);
      const { Contents = [] } = await client(s3).send(
        new ListObjectsV2Command({ Bucket: 'loki-contract', Prefix: 'fake/' }),
      );
      expect(Contents.length).toBeGreaterThan(0);
    });
  }
});

function client(s3: Engine): S3Client {
  return new S3Client({
    endpoint: s3.url,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'contract', secretAccessKey: 'contract-secret' },
  });
}

async function sendJson(url: string, base: bigint): Promise<number> {
  const record = (offset: bigint, line: string, more: object = {}) => ({
    timeUnixNano: String(base + offset * 1_000_000_000n),
    severityNumber: 9,
    body: { stringValue: line },
    ...more,
  });
  const attributes = Object.entries({
    'service.name': 'data-processor-service',
    'service.instance.id': 'task-1',
    'deployment.environment.name': 'test',
  }).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const logRecords = [
    record(1n, '{"level":"info","status":201,"message":"stored"}', { traceId, spanId }),
    record(2n, '{"level":"error","status":503,"message":"broken"}', { severityNumber: 17 }),
    record(3n, 'not json'),
  ];
  const response = await fetch(`${url}/otlp/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: 'contract' }, logRecords }] }],
    }),
  });
  return response.status;
}
