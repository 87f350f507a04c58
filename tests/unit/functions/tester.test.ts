import { plannedCalls } from '../../../functions/tester/calls';
import { sendSpans } from '../../../functions/tester/send-spans';
import { testService } from '../../../functions/tester/tester';
import { answeringServer, type Received, type Reply } from '../../helpers/answering-server';

const deps = (
  serviceUrl: string,
  timeout = 2_000,
  record: (line: string) => void = () => undefined,
  log: Parameters<typeof testService>[1]['log'] = () => undefined,
  send: Parameters<typeof testService>[1]['send'] = async () => undefined,
) => ({
  stage: 'dev',
  send,
  stack: 'stack',
  record,
  log,
  serviceUrl,
  now: () => new Date('2026-11-23T12:00:00Z'),
  timeout,
});

/** Responds as docs/service.md describes. */
function service() {
  const stored = new Map<string, string>();
  return ({ method, path, body }: Received): Reply => {
    if (method === 'POST') {
      try {
        const { key } = JSON.parse(body) as { key: string };
        stored.set(key, body);
        return { status: 201, body: { key } };
      } catch {
        return { status: 400, body: { title: 'invalid JSON' } };
      }
    }
    const found = stored.get(decodeURIComponent(path.slice('/data/'.length)));
    return found === undefined ? { status: 404 } : { body: found };
  };
}

it('makes six calls as expected, each with a trace of its own', async () => {
  await using server = await answeringServer(service());
  const result = await testService({ run: 'run-1' }, deps(server.url));
  expect(result).toMatchObject({
    outcome: 'passed',
    detail: '6 of 6 calls as expected',
    run: 'run-1',
    startedAt: '2026-11-23T12:00:00.000Z',
  });
  expect(result.calls.map(({ method, endpoint, actualStatus }) => `${method} ${endpoint} ${actualStatus}`)).toEqual([
    'POST /data 201',
    'POST /data 201',
    'GET /data/{key} 200',
    'GET /data/{key} 200',
    'GET /data/{key} 404',
    'POST /data 400',
  ]);
  expect(result.calls[0]?.key).toBe('tester/run-1/1');
  const sent = server.received.map(
    ({ headers }) => /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(String(headers['traceparent']))?.[1],
  );
  expect(sent).toEqual(result.calls.map(({ traceId }) => traceId));
  expect(new Set(sent).size).toBe(6);
});

it.each<readonly [string, (request: Received, good: Reply) => Reply, RegExp]>([
  [
    'a wrong status',
    (_, good) => (good.status === 201 ? { status: 500 } : good),
    /"write the first object" \(POST \/data\): expected 201, got 500/,
  ],
  [
    'another key in the answer',
    (_, good) => (good.status === 201 ? { status: 201, body: { key: 'other' } } : good),
    /the answer's key is "other"/,
  ],
  [
    'an object that is not what was written',
    ({ method }, good) => (method === 'GET' && good.status === undefined ? { body: { key: 'x' } } : good),
    /"read the first object".*got 200, the answer's key is "x"/,
  ],
  [
    'an answer that is not JSON',
    (_, good) => (good.status === 201 ? { status: 201, body: '<html>' } : good),
    /the answer's key is undefined/,
  ],
  [
    'a redirect',
    (_, good) => (good.status === 201 ? { status: 302, headers: { location: 'https://elsewhere/' } } : good),
    /got 302, redirected to https:\/\/elsewhere\//,
  ],
  [
    'a connection that is closed',
    (_, good) => (good.status === 404 ? { fail: 'reset' } : good),
    /"read what never existed".*the connection was closed before an answer/,
  ],
  [
    'no answer in time',
    (_, good) => (good.status === 400 ? { fail: 'hang' } : good),
    /"write broken JSON".*no answer within 1000 ms/,
  ],
])('throws, naming the call, at %s', async (_name, spoil, message) => {
  const answer = service();
  await using server = await answeringServer((request) => spoil(request, answer(request)));
  await expect(testService({ run: 'run-1' }, deps(server.url, 1_000))).rejects.toMatchObject({
    name: 'TesterCallsFailed',
    message: expect.stringMatching(message),
  });
});

it('sends a probe to each attached service with a traceparent, and leaves the verdict to the checks', async () => {
  await using server = await answeringServer(service());
  await using shop = await answeringServer(({ path }) => ({ status: path === '/health?deep=1' ? 200 : 500 }));
  const gone = await answeringServer(service());
  await gone.close();
  const sent: object[] = [];
  const probes = [
    { service: 'checkout', url: `${shop.url}/health?deep=1`, expect: 200 },
    { service: 'billing', url: `${shop.url}/broken`, expect: 200 },
    { service: 'gone', url: gone.url, expect: 200 },
  ];
  const send = async (request: object) => void sent.push(request);
  const result = await testService({ run: 'run-1', probes }, deps(server.url, 2_000, undefined, undefined, send));
  expect(result.detail).toBe('6 of 6 calls as expected, 1 of 3 probes');
  expect(result.probes).toEqual([
    { ...probe('checkout', `${shop.url}/health?deep=1`), actualStatus: 200 },
    { ...probe('billing', `${shop.url}/broken`), actualStatus: 500 },
    { ...probe('gone', gone.url), error: 'the connection was refused' },
  ]);
  const named = (path: string) => server.received.concat(shop.received).find((each) => each.path === path);
  const [, traceId, spanId] = String(named('/health?deep=1')?.headers['traceparent']).split('-');
  expect(traceId).toBe(result.probes?.[0]?.traceId);
  // The span is the parent that the request's traceparent names.
  expect(JSON.stringify(sent)).toContain(`"traceId":"${traceId}","spanId":"${spanId}","name":"GET /health"`);
  // The check trace-search counts the traces of the run's six calls by the run's name.
  expect(JSON.stringify(sent).match(/"stringValue":"run-1"/g)).toHaveLength(6);
});

function probe(service_: string, url: string) {
  const traceId = expect.stringMatching(/^[0-9a-f]{32}$/);
  return { service: service_, url, expectedStatus: 200, durationMs: expect.any(Number), traceId };
}

it('says that the host name does not resolve', async () => {
  await expect(testService({ run: 'run-1' }, deps('http://no-such-host.invalid'))).rejects.toThrow(
    /the host name does not resolve/,
  );
});

it('says that the connection was refused', async () => {
  const server = await answeringServer(() => ({}));
  await server.close();
  await expect(testService({ run: 'run-1' }, deps(server.url))).rejects.toThrow(/the connection was refused/);
});

it('asks for faults in a drill, and fails where the fault switch is off', async () => {
  await using willing = await answeringServer(({ headers }) => ({ status: Number(headers['x-fault']) }));
  expect(await testService({ run: 'drill', provoke: 3 }, deps(willing.url))).toMatchObject({
    detail: '3 of 3 calls as expected',
  });
  await using off = await answeringServer(service());
  await expect(testService({ run: 'drill', provoke: 3 }, deps(off.url))).rejects.toThrow(/expected 503, got 404/);
});

it.each([
  ['INFO', 6, 0, /^read what never existed: 404 in [\d.]+ ms$/],
  ['ERROR', 5, 1, /^read what never existed: 500 in [\d.]+ ms, expected 404$/],
])('ends its log with a readable line: %s', async (level, passed, failed, call) => {
  const answer = service();
  await using server = await answeringServer((request) => {
    const good = answer(request);
    return failed > 0 && good.status === 404 ? { status: 500 } : good;
  });
  const written: unknown[] = [];
  const write = (...line: unknown[]) => void written.push(line);
  await testService({ run: 'run-1' }, deps(server.url, 2_000, write, write)).catch(() => undefined);
  expect(written.at(-1)).toEqual([
    'TESTER_RAN',
    { run: 'run-1', passed, failed, calls: expect.arrayContaining([expect.stringMatching(call)]) },
    level,
  ]);
});

describe('the tester’s metrics', () => {
  const recorded = async (spoil: (good: ReturnType<ReturnType<typeof service>>) => Reply) => {
    const answer = service();
    await using server = await answeringServer((request) => spoil(answer(request)));
    const lines: string[] = [];
    await testService(
      { run: 'run-1' },
      deps(server.url, 2_000, (line) => lines.push(line)),
    ).catch(() => undefined);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('count the calls that passed and failed, also when the run fails', async () => {
    const lines = await recorded((good) => (good.status === 404 ? { status: 500 } : good));
    expect(lines[0]).toMatchObject({ Stack: 'stack', CallsPassed: 5, CallsFailed: 1 });
  });

  it('time each call by its name, in the embedded metric format', async () => {
    const [, ...durations] = await recorded((good) => good);
    expect(durations.map(({ Call }) => Call)).toEqual(plannedCalls('run-1').map(({ name }) => name));
    expect(durations[0]).toMatchObject({
      CallDuration: expect.any(Number),
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'GrafanaObservability/Tester',
            Dimensions: [['Stack'], ['Stack', 'Call']],
            Metrics: [{ Name: 'CallDuration', Unit: 'Milliseconds' }],
          },
        ],
      },
    });
  });
});

describe('the spans', () => {
  interface OtlpSpan {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly name: string;
    readonly kind: number;
    readonly status: { readonly code?: number };
    readonly startTimeUnixNano: string;
    readonly endTimeUnixNano: string;
    readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  }
  const spansIn = (request: object | undefined) =>
    (
      request as {
        readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
      }
    ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

  it('are the roots of their traces, one a call, with what the call was and how it ended', async () => {
    await using server = await answeringServer(service());
    const sent: object[] = [];
    const send = async (request: object) => {
      sent.push(request);
      return undefined;
    };
    const { calls } = await testService({ run: 'run-1' }, deps(server.url, 2_000, undefined, undefined, send));
    const spans = spansIn(sent[0]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'tester' } },
              { key: 'deployment.environment.name', value: { stringValue: 'dev' } },
            ],
          },
        },
      ],
    });
    expect(spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`)).toEqual(
      server.received.map(({ headers }) => headers['traceparent']),
    );
    // The tester expects the 404 and the 400, so they are no errors.
    expect(spans.map(({ name, kind, parentSpanId, status }) => [name, kind, parentSpanId, status])).toEqual(
      calls.map(({ method, endpoint }) => [`${method} ${endpoint}`, 3, undefined, {}]),
    );
    expect(spans[4]?.attributes).toEqual(
      expect.arrayContaining([
        { key: 'http.request.method', value: { stringValue: 'GET' } },
        { key: 'url.template', value: { stringValue: '/data/{key}' } },
        { key: 'url.full', value: { stringValue: `${server.url}/data/tester/run-1/missing` } },
        { key: 'http.response.status_code', value: { intValue: 404 } },
        { key: 'tester.run', value: { stringValue: 'run-1' } },
      ]),
    );
    expect(spans[0]?.startTimeUnixNano).toBe(`${Date.parse('2026-11-23T12:00:00Z')}000000`);
    for (const { startTimeUnixNano, endTimeUnixNano } of spans)
      expect(BigInt(endTimeUnixNano)).toBeGreaterThan(BigInt(startTimeUnixNano));
  });

  it('say what was wrong with a call, and are sent although the run fails', async () => {
    const answer = service();
    await using server = await answeringServer((request) =>
      request.method === 'GET' ? { status: 503 } : answer(request),
    );
    const sent: object[] = [];
    const send = async (request: object) => {
      sent.push(request);
      return undefined;
    };
    await expect(
      testService({ run: 'run-1' }, deps(server.url, 2_000, undefined, undefined, send)),
    ).rejects.toMatchObject({ name: 'TesterCallsFailed' });
    const failed = spansIn(sent[0]).filter(({ status }) => status.code === 2);
    expect(failed.map(({ name }) => name)).toEqual(['GET /data/{key}', 'GET /data/{key}', 'GET /data/{key}']);
    expect(failed[0]?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: '503' } });
  });

  it.each<readonly [string, Reply, string | RegExp]>([
    ['is full', { status: 503, body: 'try later' }, /answered 503: .*try later/],
    [
      'takes a part',
      { body: { partialSuccess: { rejectedSpans: '2', errorMessage: 'too old' } } },
      '2 spans were rejected: too old',
    ],
    ['closes the connection', { fail: 'reset' }, /\/v1\/traces: \w+/],
    ['never answers', { fail: 'hang' }, /\/v1\/traces: .*timeout/i],
    ['answers no JSON', { body: '<html>' }, /\/v1\/traces: .*JSON/],
  ])('are lost without failing the run where Tempo %s, and the log says why', async (_, reply, reason) => {
    await using server = await answeringServer(service());
    await using tempo = await answeringServer(() => reply);
    const logged: unknown[] = [];
    const log = (code: string, fields: object, level: string) => logged.push([level, code, fields]);
    const send = (request: object) => sendSpans(`${tempo.url}/v1/traces`, request, 500);
    const { outcome } = await testService({ run: 'run-1' }, deps(server.url, 2_000, undefined, log, send));
    expect(outcome).toBe('passed');
    expect(logged).toContainEqual([
      'WARN',
      'TESTER_SPANS_LOST',
      { run: 'run-1', reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
    ]);
  });

  it('are reported as arrived if Tempo accepts all of them', async () => {
    await using tempo = await answeringServer(() => ({ body: {} }));
    expect(await sendSpans(`${tempo.url}/v1/traces`, { resourceSpans: [] }, 2_000)).toBeUndefined();
  });
});
