import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { decodeWrite, type TimeSeries } from '../../../engines/wire/remote-write';
import { type Engine, kindsHere, resolveKind, startEngine, startS3, until } from './support/engine';

/**
 * The part of Tempo's API that the stack uses, written from its published documentation (grafana.com/docs/tempo v3.0,
 * "Tempo HTTP API", "TraceQL", "Metrics-generator"). A real Tempo, if TEMPO_BIN names one, has to pass the same tests.
 */
jest.setTimeout(60_000);

const traceId = '0af7651916cd43dd8448eb211c80319c';
/** A trace whose only span has a parent that is never sent. */
const orphan = '3af7651916cd43dd8448eb211c80319c';
const leadingZeros = '00000000000000000000000000abcdef';
const service = 'data-processor-service';

interface Found {
  readonly traceID: string;
  readonly rootTraceName?: string;
  readonly rootServiceName: string;
  readonly spanSets?: readonly {
    readonly spans: readonly { readonly name?: string; readonly attributes?: readonly object[] }[];
  }[];
}

describe.each(kindsHere('tempo', 's3'))('Tempo (%s)', (kind) => {
  let tempo: Engine;
  let s3: Awaited<ReturnType<typeof startS3>> | undefined;
  let store: Server;
  const written: TimeSeries[] = [];
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;

  beforeAll(async () => {
    s3 = kind === 'real' ? await startS3() : undefined;
    if (s3) {
      const credentials = { accessKeyId: 'contract', secretAccessKey: 'contract-secret' };
      const client = new S3Client({ endpoint: s3.url, region: 'eu-west-1', forcePathStyle: true, credentials });
      await client.send(new CreateBucketCommand({ Bucket: 'tempo-contract' }));
    }
    store = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (/aps\/aws4_request/.test(request.headers.authorization ?? ''))
        written.push(...decodeWrite(Buffer.concat(chunks)).series);
      response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
    tempo = await startEngine(await resolveKind('tempo', kind), {
      ports: ['OTLP_PORT', 'GRPC_PORT', 'GOSSIP_PORT'],
      variables: {
        BUCKET_NAME: 'tempo-contract',
        AWS_REGION: 'eu-west-1',
        S3_ENDPOINT: s3 ? `127.0.0.1:${s3.ports['HTTP_PORT']}` : '127.0.0.1:9',
        S3_INSECURE: 'true',
        S3_PATH_STYLE: 'true',
        RETENTION: '336h',
        STAGE: 'test',
        REMOTE_WRITE_URL: `http://127.0.0.1:${(store.address() as AddressInfo).port}/api/v1/remote_write`,
        COLLECTION_INTERVAL: '1s',
        EDGE_WAIT: '1s',
        SEARCH_DELAY: '3s',
      },
      env: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', ...s3?.env, AWS_REGION: 'eu-west-1' },
      args: ({ configFile }) => [`-config.file=${configFile}`],
    });
    expect((await send(tempo, start)).status).toBe(200);
    await until('the trace', async () => (await get(`/api/traces/${traceId}`)).status === 200);
  });

  afterAll(async () => {
    await tempo.stop();
    await s3?.stop();
    store.closeAllConnections();
    store.close();
  });

  const get = async (path: string): Promise<Response> => fetch(`${tempo.url}${path}`);
  const search = async (q: string): Promise<Found[]> => {
    const window = { start: String(Number(start / 1_000_000_000n) - 60), end: String(Math.ceil(Date.now() / 1000)) };
    const response = await get(`/api/search?${new URLSearchParams({ q, ...window })}`);
    return ((await response.json()) as { traces?: Found[] }).traces ?? [];
  };

  it('answers /api/echo, the health check of a Tempo data source', async () => {
    const response = await get('/api/echo');
    expect([response.status, await response.text()]).toEqual([200, 'echo\n']);
  });

  it('returns a trace by its id, with HTTP and S3 spans, as protobuf JSON', async () => {
    const { trace } = (await (await get(`/api/v2/traces/${traceId}`)).json()) as {
      trace: {
        resourceSpans: { resource: { attributes: object[] }; scopeSpans: { spans: Record<string, unknown>[] }[] }[];
      };
    };
    expect(trace.resourceSpans[0]?.resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: service },
    });
    const spans = trace.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const server = spans.find(({ name }) => name === 'POST /data');
    expect(server).toMatchObject({
      traceId: Buffer.from(traceId, 'hex').toString('base64'),
      kind: 'SPAN_KIND_SERVER',
      status: { code: 'STATUS_CODE_ERROR' },
      startTimeUnixNano: String(start),
    });
    expect(server?.['attributes']).toContainEqual({ key: 'http.response.status_code', value: { intValue: '503' } });
    expect(spans.find(({ name }) => name === 'S3.PutObject')).toMatchObject({
      kind: 'SPAN_KIND_CLIENT',
      parentSpanId: server?.['spanId'],
    });
  });

  it('returns it as batches in version 1 of the API', async () => {
    const body = (await (await get(`/api/traces/${traceId}`)).json()) as { batches: object[] };
    expect(body.batches).toHaveLength(1);
  });

  it('finds a trace by its id without the leading zeros', async () => {
    expect((await get(`/api/traces/${leadingZeros.replace(/^0+/, '')}`)).status).toBe(200);
  });

  it('answers 404 for an unknown trace, and 200 with an empty trace in version 2 of the API', async () => {
    expect((await get('/api/traces/ffffffffffffffffffffffffffffffff')).status).toBe(404);
    const response = await get('/api/v2/traces/ffffffffffffffffffffffffffffffff');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ trace: {} });
  });

  it('refuses an invalid id', async () => {
    expect((await get('/api/traces/xyz')).status).toBe(400);
  });

  it.each([
    ['{ resource.service.name = "data-processor-service" && kind = server && status = error }', 1],
    ['{ span.http.response.status_code >= 500 }', 1],
    ['{ name = "S3.PutObject" && duration > 1ms }', 1],
    ['{ .rpc.service = "S3" } && { kind = server }', 1],
    ['{ status = error || duration > 10s }', 1],
    ['{ name =~ "GET.*" }', 1],
    ['{ resource.service.name = "nobody" }', 0],
    ['{ trace:rootService = "data-processor-service" && trace:rootName = "POST /data" && kind = server }', 1],
    ['{ nestedSetParent < 0 && kind = server }', 2],
    ['{ rootName = "LIST /orphan" }', 0],
    ['{}', 3],
  ])('searches %s', async (query, count) => {
    // A real Tempo leaves the newest traces out of a search for a while, so the test repeats the search.
    const found = await until('the result', async () => {
      const traces = await search(query);
      return traces.length === count ? { traces } : undefined;
    });
    if (count === 1 && !query.includes('GET')) {
      expect(found.traces[0]).toMatchObject({
        traceID: traceId.replace(/^0+/, ''),
        rootServiceName: service,
        rootTraceName: 'POST /data',
      });
    }
  });

  it('names no root when the root span has not arrived', async () => {
    const [found] = await until('the orphan', async () => {
      const traces = await search('{ name = "LIST /orphan" }');
      return traces.length === 1 ? traces : undefined;
    });
    expect(found).toMatchObject({ traceID: orphan, rootServiceName: '<root span not yet received>' });
    expect(found?.rootTraceName ?? '').toBe('');
  });

  it('returns the attributes that the query names, and the span name only when the query names it', async () => {
    const spansOf = async (query: string) => {
      const [found] = await until('the trace', async () => {
        const traces = await search(query);
        return traces.length === 1 ? traces : undefined;
      });
      return found?.spanSets?.flatMap(({ spans }) => spans) ?? [];
    };
    const filter = '{ kind = server && status = error }';
    const [bare] = await spansOf(filter);
    expect(bare?.name ?? '').toBe('');
    const [selected] = await spansOf(`${filter} | select(name, span.http.response.status_code, status)`);
    expect(selected?.name).toBe('POST /data');
    expect(selected?.attributes).toEqual(
      expect.arrayContaining([
        { key: 'http.response.status_code', value: { intValue: '503' } },
        { key: 'status', value: { stringValue: 'error' } },
        { key: 'kind', value: { stringValue: 'server' } },
      ]),
    );
  });

  it('leaves spans that are younger than the delay out of a search', async () => {
    const id = '22222222222222222222222222222222';
    const now = BigInt(Date.now()) * 1_000_000n;
    expect((await send(tempo, now, id)).status).toBe(200);
    await until('the trace', async () => (await get(`/api/traces/${id}`)).status === 200);
    // The span ends in the future: without the delay, the first search would find it.
    const young = (await search('{ name = "young" }')).length;
    const age = Number((BigInt(Date.now()) * 1_000_000n - now) / 1_000_000n);
    if (age < 2_000) expect(young).toBe(0);
    await until('the search', async () => (await search('{ name = "young" }')).length === 1);
  });

  it.each([
    ['status', { type: 'keyword', value: 'error' }],
    ['kind', { type: 'keyword', value: 'server' }],
    ['span.http.response.status_code', { type: 'int', value: '503' }],
    ['resource.service.name', { type: 'string', value: service }],
    ['name', { type: 'string', value: 'POST /data' }],
  ])('gives the values of %s with their type', async (tag, value) => {
    const values = await until('the values', async () => {
      const answer = (await (await get(`/api/v2/search/tag/${tag}/values`)).json()) as { tagValues?: object[] };
      return answer.tagValues?.length ? answer.tagValues : undefined;
    });
    expect(values).toContainEqual(value);
  });

  it('refuses a query that is not TraceQL', async () => {
    const response = await get(`/api/search?${new URLSearchParams({ q: '{ status = ' })}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/parse error at line 1, col/);
  });

  it('lists tags by scope', async () => {
    const { scopes } = (await (await get('/api/v2/search/tags')).json()) as {
      scopes: { name: string; tags: string[] }[];
    };
    expect(scopes.find(({ name }) => name === 'resource')?.tags).toContain('service.name');
    expect(scopes.find(({ name }) => name === 'span')?.tags).toContain('http.response.status_code');
  });

  it('writes signed span metrics that start at zero', async () => {
    const labels = {
      __name__: 'traces_spanmetrics_calls_total',
      service,
      span_name: 'POST /data',
      span_kind: 'SPAN_KIND_SERVER',
      status_code: 'STATUS_CODE_ERROR',
    };
    const found = await until('the metric', async () => values(written, labels).length > 1 && values(written, labels));
    expect(found[0]).toBe(0);
    expect(Math.max(...found)).toBe(1);
    const bucket = { ...labels, __name__: 'traces_spanmetrics_latency_bucket' };
    expect(Math.max(...values(written, { ...bucket, le: '0.004' }))).toBe(0);
    expect(Math.max(...values(written, { ...bucket, le: '0.008' }))).toBe(1);
  });

  it('writes a service graph in which S3 is a node', async () => {
    const labels = {
      __name__: 'traces_service_graph_request_total',
      client: service,
      server: 'S3',
      connection_type: 'virtual_node',
    };
    const found = await until('the edge', async () => values(written, labels).length > 0 && values(written, labels));
    expect(Math.max(...found)).toBe(1);
  });

  it('accepts OTLP as protobuf too', async () => {
    const body = ProtobufTraceSerializer.serializeRequest([exported()]);
    const response = await fetch(`http://127.0.0.1:${tempo.ports['OTLP_PORT']}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body ?? []),
    });
    expect(response.status).toBe(200);
    await until('the trace', async () => (await get('/api/traces/11111111111111111111111111111111')).status === 200);
    expect(await (await get('/api/traces/11111111111111111111111111111111')).text()).toContain('"over protobuf"');
  });

  it('refuses a body that is not OTLP', async () => {
    const response = await fetch(`http://127.0.0.1:${tempo.ports['OTLP_PORT']}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans": 7}',
    });
    expect(response.status).toBe(400);
  });

  if (kind === 'stand-in') {
    it.each([
      [`/api/search?${new URLSearchParams({ q: '{ } | rate()' })}`, /rate\(\).*not implemented/],
      ['/api/metrics/query_range?q={}', /has no TraceQL metrics \(rate\(\)/],
      ['/api/search?tags=a%3Db', /search by tags is not implemented/],
    ])('answers 501 to what it does not support: %s', async (path, reason) => {
      const response = await get(path);
      expect(response.status).toBe(501);
      expect(await response.text()).toMatch(reason);
    });
  }
});

function values(series: readonly TimeSeries[], labels: Record<string, string>): number[] {
  return series
    .filter((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value))
    .flatMap(({ samples }) => samples.map(({ value }) => value));
}

/** The stored traces, or with an id one recent span. */
async function send(tempo: Engine, start: bigint, young?: string): Promise<Response> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = (more: object) => ({
    traceId,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 5_000_000n),
    ...more,
  });
  const spans = [
    span({
      spanId: 'b7ad6b7169203331',
      name: 'POST /data',
      kind: 2,
      status: { code: 2 },
      attributes: [{ key: 'http.response.status_code', value: { intValue: 503 } }],
    }),
    span({
      spanId: 'b7ad6b7169203332',
      parentSpanId: 'b7ad6b7169203331',
      name: 'S3.PutObject',
      kind: 3,
      attributes: [text('rpc.system', 'aws-api'), text('rpc.service', 'S3')],
    }),
    span({ traceId: leadingZeros, spanId: 'b7ad6b7169203333', name: 'GET /health', kind: 2 }),
    span({ traceId: orphan, spanId: 'b7ad6b7169203334', parentSpanId: '1'.repeat(16), name: 'LIST /orphan', kind: 1 }),
  ];
  const sent = young === undefined ? spans : [span({ traceId: young, spanId: '4'.repeat(16), name: 'young', kind: 1 })];
  const resourceSpans = [
    {
      resource: { attributes: [text('service.name', service)] },
      scopeSpans: [{ scope: { name: 'contract' }, spans: sent }],
    },
  ];
  return fetch(`http://127.0.0.1:${tempo.ports['OTLP_PORT']}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
}

/** A finished span as OpenTelemetry's SDK passes it to an exporter. */
function exported(): never {
  const now = Date.now() - 60_000;
  const at = [Math.floor(now / 1000), 0];
  return {
    name: 'over protobuf',
    kind: 1,
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
    startTime: at,
    endTime: at,
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    duration: [0, 0],
    ended: true,
    resource: { attributes: { 'service.name': 'protobuf-service' }, asyncAttributesPending: false },
    instrumentationScope: { name: 'contract' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  } as never;
}
