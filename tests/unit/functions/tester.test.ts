import { plannedCalls } from '../../../functions/tester/calls';
import { testService } from '../../../functions/tester/tester';
import { answeringServer, type Received, type Reply } from '../../helpers/answering-server';

const deps = (
  serviceUrl: string,
  timeout = 2_000,
  record: (line: string) => void = () => undefined,
  log: Parameters<typeof testService>[1]['log'] = () => undefined,
) => ({
  stack: 'stack',
  record,
  log,
  serviceUrl,
  now: () => new Date('2026-11-23T12:00:00Z'),
  timeout,
});

/** Answers as docs/service.md says the service does. */
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
])('ends its log with a line for a person: %s', async (level, passed, failed, call) => {
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
