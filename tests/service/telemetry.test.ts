import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CollectedSpan } from '../helpers/otlp-collector';
import { pipeline } from '../helpers/raw-http';
import type { Fault } from '../helpers/s3-faults';
import { post, problemOf, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import type { ServiceProcess } from '../helpers/service-process';

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture({ FAULT_SWITCH: 'enabled' });
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.s3.reset();
  fixture.collector.reset();
});

// A new one per test: records of an earlier test may still arrive.
let TRACE: string;
beforeEach(() => {
  TRACE = randomBytes(16).toString('hex');
});
const SOME_TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

function spansOf(traceId: string, many: number): Promise<CollectedSpan[]> {
  return fixture.collector.until(() => {
    const spans = fixture.collector.spans.filter((span) => span.traceId === traceId);
    return spans.length >= many ? spans : undefined;
  });
}

describe('the ECS task', () => {
  const arn = 'arn:aws:ecs:eu-central-1:111111111111:task/cluster/0123456789abcdef0123456789abcdef';

  async function metadataServer(answer: (response: http.ServerResponse) => void): Promise<http.Server> {
    const server = http.createServer((request, response) => {
      if (request.url === '/v4/abc/task') answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  it.each([
    ['answers', (response: http.ServerResponse) => response.end(JSON.stringify({ TaskARN: arn })), arn.slice(-32)],
    ['answers something else', (response: http.ServerResponse) => response.end('<html>'), undefined],
    ['never answers', () => undefined, undefined],
  ])('names the instance in logs and spans; its metadata endpoint %s', async (_, answer, instance) => {
    const server = await metadataServer(answer);
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/abc`;
    const service = await fixture.another({ ECS_CONTAINER_METADATA_URI_V4: uri });
    try {
      await fetch(`${service.url}/data/none`, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
      const [span] = await spansOf(TRACE, 1);
      const log = await fixture.collector.until(() => fixture.collector.logs.find(({ traceId }) => traceId === TRACE));
      expect([span?.resource['service.instance.id'], log.resource['service.instance.id']]).toEqual([
        instance,
        instance,
      ]);
    } finally {
      await service.stop();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a trace', () => {
  it('continues the caller’s, with spans of HTTP, Express and S3 that carry the stable attributes', async () => {
    await post(fixture.service, '{"key":"traced/1"}', { traceparent: `00-${TRACE}-${PARENT}-01` });
    const spans = await spansOf(TRACE, 4);
    const named = (name: string) => spans.find((span) => span.name === name);
    const server = named('POST /data');
    const handler = spans.find(({ attributes }) => attributes['express.type'] === 'request_handler');
    const put = named('S3.PutObject');
    const outgoing = named('PUT');
    expect(server).toMatchObject({
      parentSpanId: PARENT,
      kind: 2,
      attributes: {
        'http.request.method': 'POST',
        'url.path': '/data',
        'url.scheme': 'http',
        'http.response.status_code': 201,
        'http.route': '/data',
      },
      resource: { 'service.name': 'data-processor-service', 'deployment.environment.name': 'test' },
    });
    expect(handler?.parentSpanId).toBe(server?.spanId);
    expect(put).toMatchObject({
      parentSpanId: handler?.spanId,
      kind: 3,
      attributes: {
        'rpc.service': 'S3',
        'rpc.method': 'PutObject',
        'aws.s3.bucket': 'documents',
        'cloud.region': 'eu-central-1',
        'http.response.status_code': 200,
      },
    });
    expect(outgoing).toMatchObject({
      parentSpanId: put?.spanId,
      kind: 3,
      attributes: { 'http.request.method': 'PUT', 'http.response.status_code': 200 },
    });
    // Without the SDK's query (`?x-id=PutObject`).
    expect(outgoing?.attributes['url.full']).toBe(`${fixture.s3.url}/documents/data/traced/1`);
    expect(outgoing?.attributes['server.port']).toBe(Number(new URL(fixture.s3.url).port));
    // The trace context sent to S3 has the outgoing span as its parent.
    const [call] = fixture.s3.calls.filter(({ key }) => key === 'data/traced/1');
    expect(call?.headers['traceparent']).toBe(`00-${TRACE}-${outgoing?.spanId}-01`);
  });

  it.each([
    ['S3 refuses with 403', { kind: 'error', status: 403, code: 'AccessDenied' }, '403', 1],
    ['S3 answers 503 three times', { kind: 'error', status: 503, code: 'SlowDown' }, '503', 3],
    ['S3 cuts the connection three times', { kind: 'reset' }, 'ECONNRESET', 3],
    ['S3 breaks its answer off three times', { kind: 'truncate' }, 'aborted', 3],
  ] satisfies readonly (readonly [string, Fault, string, number])[])(
    'has an outgoing span with its error for each attempt: %s',
    async (_, fault, type, attempts) => {
      await post(fixture.service, '{"key":"there"}');
      fixture.s3.fault = () => fault;
      await fetch(`${fixture.service.url}/data/there`, {
        headers: { traceparent: `00-${TRACE}-${PARENT}-01` },
      });
      const spans = await spansOf(TRACE, 3 + attempts);
      const outgoing = spans.filter(({ name }) => name === 'GET');
      expect(outgoing.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual(
        Array.from({ length: attempts }, () => [2, type]),
      );
    },
  );

  it('has no error when a document does not exist', async () => {
    await fetch(`${fixture.service.url}/data/nowhere`, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    const spans = await spansOf(TRACE, 4);
    const clients = spans.filter(({ kind }) => kind === 3);
    expect(clients.map(({ name }) => name).sort()).toEqual(['GET', 'S3.GetObject']);
    for (const { status, attributes } of clients) {
      expect(status).not.toBe(2);
      expect(attributes).toMatchObject({ 'http.response.status_code': 404 });
      expect(attributes['error.type']).toBeUndefined();
    }
  });

  it('has an error when the bucket does not exist, although the status is 404 too', async () => {
    fixture.s3.fault = () => ({ kind: 'error', status: 404, code: 'NoSuchBucket' });
    await fetch(`${fixture.service.url}/data/nowhere`, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    const get = (await spansOf(TRACE, 4)).find(({ name }) => name === 'S3.GetObject');
    expect(get).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 404 } });
  });

  it('names its route by the template that the metrics use', async () => {
    await post(fixture.service, '{"key":"a/b"}');
    await fetch(`${fixture.service.url}/data/a/b`, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    const spans = await spansOf(TRACE, 4);
    expect(spans.find(({ kind }) => kind === 2)).toMatchObject({
      name: 'GET /data/{key}',
      attributes: { 'http.route': '/data/{key}', 'url.path': '/data/a/b' },
    });
  });

  it('truncates a path and a user agent at Tempo’s limit', async () => {
    const response = await fetch(`${fixture.service.url}/${'p'.repeat(5_000)}`, {
      headers: { traceparent: `00-${TRACE}-${PARENT}-01`, 'user-agent': 'a'.repeat(5_000) },
    });
    expect(response.status).toBe(404);
    const [server] = (await spansOf(TRACE, 1)).filter(({ kind }) => kind === 2);
    expect(server?.attributes).toMatchObject({
      'url.path': `/${'p'.repeat(2_047)}`,
      'user_agent.original': 'a'.repeat(2_048),
    });
  });

  it.each([
    '',
    'garbage',
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${SOME_TRACE}-${'0'.repeat(16)}-01`,
    `ff-${SOME_TRACE}-${PARENT}-01`,
    `00-${SOME_TRACE.toUpperCase()}-${PARENT}-01`,
  ])('is a new one when traceparent is "%s"', async (traceparent) => {
    const problem = await problemOf(await fetch(`${fixture.service.url}/data/none`, { headers: { traceparent } }));
    expect(problem.trace_id).not.toBe(SOME_TRACE);
    const [server] = (await spansOf(problem.trace_id, 4)).filter(({ kind }) => kind === 2);
    expect(server?.parentSpanId).toBeUndefined();
  });

  it('of a failed request has status error and the status code', async () => {
    const response = await fetch(`${fixture.service.url}/data/a`, {
      headers: { 'x-fault': '503', traceparent: `00-${TRACE}-${PARENT}-01` },
    });
    expect((await problemOf(response)).trace_id).toBe(TRACE);
    const [server] = (await spansOf(TRACE, 1)).filter(({ kind }) => kind === 2);
    expect(server).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 503, 'error.type': '503' } });
  });

  it('is not recorded for probes, scrapes and the export itself', async () => {
    await fetch(`${fixture.service.url}/health`);
    await fetch(`${fixture.service.url}/metrics`);
    await fetch(`${fixture.service.metricsUrl}/metrics`);
    await post(fixture.service, '{"key":"a"}', { traceparent: `00-${TRACE}-${PARENT}-01` });
    await spansOf(TRACE, 4);
    const told = fixture.collector.spans.map(({ attributes }) =>
      String(attributes['url.path'] ?? attributes['url.full'] ?? ''),
    );
    expect(told.filter((path) => /health|metrics|traces|logs/.test(path))).toEqual([]);
  });
});

describe('a log line', () => {
  it('of a request carries its trace and span, on stdout and by OTLP alike', async () => {
    await post(fixture.service, '{"key":"logged"}', { traceparent: `00-${TRACE}-${PARENT}-01` });
    const record = await fixture.collector.until(() => fixture.collector.logs.find(({ traceId }) => traceId === TRACE));
    const line = await fixture.service.line(
      ({ trace_id, endpoint, status }) => trace_id === TRACE && endpoint === '/data' && status === 201,
    );
    const server = (await spansOf(TRACE, 4)).find(({ kind, parentSpanId }) => kind === 2 && parentSpanId === PARENT);
    expect(line).toMatchObject({
      level: 'info',
      service: 'data-processor-service',
      message: 'request completed',
      code: 'REQUEST_COMPLETED',
      method: 'POST',
    });
    expect(Number.isNaN(Date.parse(line.timestamp))).toBe(false);
    expect(record).toMatchObject({
      body: 'request completed',
      severity: 'info',
      attributes: { code: 'REQUEST_COMPLETED', endpoint: '/data', status: 201 },
      resource: { 'service.name': 'data-processor-service' },
    });
    expect(record.spanId).toBe(server?.spanId);
  });

  it('of every request so far has both ids', () => {
    const requests = fixture.service.lines.filter(
      ({ code }) => code.startsWith('REQUEST_') || code === 'STORAGE_FAILED',
    );
    expect(requests.length).toBeGreaterThan(5);
    for (const line of requests) {
      expect(line.trace_id).toMatch(/^[0-9a-f]{32}$/);
      expect(line.span_id).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it('never contains a payload, a query, a token or an Authorization header', async () => {
    await post(fixture.service, '{"key":"quiet","card":"4111-1111"}', {
      authorization: 'Bearer sesame',
      cookie: 'id=sesame',
    });
    await post(fixture.service, '{"card":"4111-1111"', { authorization: 'Bearer sesame' });
    await fetch(`${fixture.service.url}/data/quiet?token=sesame`, {
      headers: { traceparent: `00-${TRACE}-${PARENT}-01`, authorization: 'Bearer sesame' },
    });
    await fixture.collector.until(() => fixture.collector.logs.find(({ traceId }) => traceId === TRACE));
    const told = JSON.stringify([fixture.service.lines, fixture.collector.logs, fixture.collector.spans]);
    expect(told).not.toContain('sesame');
    expect(told).not.toContain('4111');
    expect(told).not.toContain('a-secret-only-for-tests');
  });
});

describe('metrics', () => {
  it('are the same on both ports, in the Prometheus text format', async () => {
    for (const url of [`${fixture.service.url}/metrics`, `${fixture.service.metricsUrl}/metrics`]) {
      const response = await fetch(url);
      expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
      const text = await response.text();
      for (const name of [
        'http_requests_total',
        'http_request_duration_seconds',
        'data_operations_total',
        'data_operation_duration_seconds',
        'nodejs_eventloop_lag_p99_seconds',
      ]) {
        expect(text).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
      }
    }
    expect((await fetch(`${fixture.service.metricsUrl}/data/a`)).status).toBe(404);
  });

  it('are returned while the service is under load', async () => {
    const load = pipeline(
      fixture.service.port,
      Array.from({ length: 1000 }, (_, index) => `GET /data/..%2F${index}`),
    );
    const scrapes = await Promise.all(Array.from({ length: 5 }, () => fetch(`${fixture.service.metricsUrl}/metrics`)));
    expect(scrapes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await load).toBe(1000);
  });

  it('count a request by method, route template and status, and measure its duration', async () => {
    const labels = { method: 'GET', endpoint: '/data/{key}', status: '404' };
    const before = await series(fixture.service, 'http_requests_total', labels);
    const timed = await series(fixture.service, 'http_request_duration_seconds_count', {
      method: 'GET',
      endpoint: '/data/{key}',
    });
    await fetch(`${fixture.service.url}/data/not/here`);
    expect(await series(fixture.service, 'http_requests_total', labels)).toBe(before + 1);
    expect(
      await series(fixture.service, 'http_request_duration_seconds_count', { method: 'GET', endpoint: '/data/{key}' }),
    ).toBe(timed + 1);
  });

  it('count operations on data by their result', async () => {
    const puts = await series(fixture.service, 'data_operations_total', { operation: 'put', result: 'success' });
    await post(fixture.service, '{"key":"counted"}');
    expect(await series(fixture.service, 'data_operations_total', { operation: 'put', result: 'success' })).toBe(
      puts + 1,
    );
  });

  it('have as many series after 10,000 different paths, keys and methods as before', async () => {
    const count = async () => {
      const text = await (await fetch(`${fixture.service.metricsUrl}/metrics`)).text();
      return text.split('\n').filter((line) => /^(http|data)_/.test(line)).length;
    };
    const wave = (name: string, many: number) =>
      pipeline(
        fixture.service.port,
        Array.from({ length: many }, (_, index) => {
          const id = `${name}${index}`;
          return [`GET /${id}`, `GET /data/..%2F${id}`, `PROPFIND /${id}`, `DELETE /data/${id}`][index % 4] ?? '';
        }),
      );
    await wave('first', 100);
    const before = await count();
    expect(await wave('then', 10_000)).toBe(10_000);
    expect(await count()).toBe(before);
  });
});

describe('the fault switch', () => {
  it.each(['500', '503', '599'])(
    'answers %s when a data request asks for it, and counts it as such',
    async (status) => {
      const before = await series(fixture.service, 'http_requests_total', { endpoint: '/data', status });
      expect((await problemOf(await post(fixture.service, '{"key":"a"}', { 'x-fault': status }))).code).toBe(
        'fault-injected',
      );
      expect(await series(fixture.service, 'http_requests_total', { endpoint: '/data', status })).toBe(before + 1);
      expect(fixture.s3.calls).toEqual([]);
    },
  );

  it.each(['200', '404', '600', 'now', ''])('refuses to answer "%s"', async (status) => {
    expect((await post(fixture.service, '{"key":"a"}', { 'x-fault': status })).status).toBe(400);
  });

  it('does not apply to probes', async () => {
    expect((await fetch(`${fixture.service.url}/health`, { headers: { 'x-fault': '500' } })).status).toBe(200);
  });
});

describe('a telemetry backend', () => {
  const requests = (service: ServiceProcess, many: number) =>
    pipeline(
      service.port,
      Array.from({ length: many }, (_, index) => `GET /nothing/${index}`),
    );

  it('that is unavailable for a while delays no request, and gets every record when it is back', async () => {
    const service = await fixture.another();
    fixture.collector.mode = 'refuse';
    expect(await requests(service, 100)).toBe(100);
    const line = await service.line(({ code }) => code === 'TELEMETRY_DELAYED');
    expect(line).toMatchObject({ level: 'warn', message: 'telemetry is kept and sent again' });
    fixture.collector.mode = 'answer';
    const of = (traceId: string) => fixture.collector.logs.filter((log) => log.traceId === traceId);
    const told = service.lines.filter(({ code }) => code === 'REQUEST_COMPLETED').map(({ trace_id }) => trace_id ?? '');
    expect(told).toHaveLength(100);
    await fixture.collector.until(() => told.every((traceId) => of(traceId).length === 1) || undefined);
    expect(await series(service, 'telemetry_dropped_total', { signal: 'logs' })).toBe(0);
    expect(await service.stop()).toBe(0);
    expect(service.lines.filter(({ code }) => code === 'TELEMETRY_LOST')).toEqual([]);
  });

  it('that refuses records fails no request; lost records are counted, and logged once', async () => {
    const service = await fixture.another();
    fixture.collector.mode = 'reject';
    expect(await requests(service, 100)).toBe(100);
    const line = await service.line(({ code }) => code === 'TELEMETRY_LOST');
    expect(line).toMatchObject({ level: 'warn', message: 'telemetry could not be delivered' });
    const signal = String(line['reason']).split(':')[0] ?? '';
    expect(await series(service, 'telemetry_dropped_total', { signal })).toBeGreaterThan(0);
    expect(await service.stop()).toBe(0);
    expect(service.lines.filter(({ code }) => code === 'TELEMETRY_LOST')).toHaveLength(1);
  });

  it('that hangs leaves the queue bounded, and the service still stops', async () => {
    const service = await fixture.another({ SHUTDOWN_FLUSH_MS: '300' });
    fixture.collector.mode = 'hang';
    // More than the queue and one export hold.
    expect(await requests(service, 5_500)).toBe(5_500);
    expect(await series(service, 'telemetry_dropped_total', { signal: 'traces' })).toBeGreaterThan(0);
    expect(await service.stop()).toBe(0);
  });

  it('that is unreachable delays no request', async () => {
    const nowhere = http.createServer().listen(0, '127.0.0.1');
    await once(nowhere, 'listening');
    const { port } = nowhere.address() as AddressInfo;
    nowhere.close();
    const service = await fixture.another({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${port}/otlp/v1/logs`,
      SHUTDOWN_FLUSH_MS: '300',
    });
    expect(await requests(service, 100)).toBe(100);
    expect(await service.stop()).toBe(0);
  });

  const json = { 'Content-Type': 'application/json' };
  const saying = (partialSuccess: object) => ({ status: 200, headers: json, body: JSON.stringify({ partialSuccess }) });

  it.each([
    ['traces', { rejectedSpans: 2, errorMessage: 'too old' }, 2],
    ['traces', { rejectedSpans: '3' }, 3],
    ['logs', { rejectedLogRecords: '1', errorMessage: 'no such stream' }, 1],
  ] as const)(
    'that rejects a part (%s: %j) has the rejected records counted as dropped, by signal',
    async (signal, partial, rejected) => {
      const other = { traces: 'logs', logs: 'traces' }[signal];
      const service = await fixture.another({ OTEL_BSP_SCHEDULE_DELAY: '400', OTEL_BLRP_SCHEDULE_DELAY: '400' });
      // Only one of the two collectors rejects records.
      fixture.collector.answer = saying(partial);
      await requests(service, 20);
      const line = await service.line(({ code }) => code === 'TELEMETRY_LOST');
      expect(line['records']).toBe(rejected);
      expect(line['reason']).toBe(
        `${signal}: ${'errorMessage' in partial ? partial.errorMessage : 'The backend rejected them.'}`,
      );
      expect(await series(service, 'telemetry_dropped_total', { signal })).toBeGreaterThanOrEqual(rejected);
      expect(await series(service, 'telemetry_dropped_total', { signal: other })).toBe(0);
      await service.stop();
    },
  );

  it.each([
    ['a warning', saying({ rejectedSpans: 0, errorMessage: 'use the new endpoint' }), 'use the new endpoint'],
    [
      'a response that is not OTLP',
      { status: 200, body: '<html>Log in</html>' },
      'The answer is not one of OTLP in JSON.',
    ],
    [
      'a response that never ends',
      { status: 200, body: 'x'.repeat(9_999), goesOn: 'endless' as const },
      'is larger than 65536 bytes',
    ],
  ])('that answers with %s causes a warning, and nothing counts as dropped', async (_what, answer, reason) => {
    const service = await fixture.another();
    fixture.collector.answer = answer;
    await requests(service, 20);
    const line = await service.line(({ code }) => code === 'TELEMETRY_WARNED');
    expect(String(line['reason'])).toContain(reason);
    for (const signal of ['traces', 'logs'])
      expect(await series(service, 'telemetry_dropped_total', { signal })).toBe(0);
    expect(await service.stop()).toBe(0);
    expect(service.lines.filter(({ code }) => code === 'TELEMETRY_LOST')).toEqual([]);
  });

  it('that responds slowly runs into the total time-out, and the batch is sent again', async () => {
    const service = await fixture.another();
    fixture.collector.answer = { status: 200, headers: json, body: ' ', goesOn: 'drip' };
    await requests(service, 1);
    const line = await service.line(({ code }) => code === 'TELEMETRY_DELAYED');
    expect(line['reason']).toMatch(/no whole answer within 4000 ms/);
    fixture.collector.reset();
    await fixture.collector.until(
      () => (fixture.collector.logs.length > 0 && fixture.collector.spans.length > 0) || undefined,
    );
    await service.stop();
  });
});
