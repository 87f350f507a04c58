import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, exchange, readToEnd } from '../helpers/raw-http';
import { post, problemOf, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.s3.reset());

const JSON_POST = 'POST /data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe('a connection', () => {
  it('with headers of 20 KB is answered 431 and closed', async () => {
    const answer = await exchange(
      fixture.service.port,
      `GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'headers-too-large',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('with thousands of headers is answered 431 or 400 and closed', async () => {
    const headers = Array.from({ length: 5000 }, (_, index) => `X-${index}: 1`).join('\r\n');
    expect([400, 431]).toContain(
      (await exchange(fixture.service.port, `GET /health HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`)).status,
    );
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc])],
    ['a negative length', `${JSON_POST}Content-Length: -1\r\n\r\n`],
    ['two lengths', `${JSON_POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `${JSON_POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n'],
  ])('that sends %s is answered 400 and closed', async (_what, bytes) => {
    expect((await exchange(fixture.service.port, bytes)).status).toBe(400);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('whose headers come too slowly is closed at the time-out', async () => {
    const service = await fixture.another({ HEADERS_TIMEOUT_MS: '400' });
    const socket = await connect(service.port);
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect((await readToEnd(socket)).status).toBe(408);
    await service.stop();
  });

  it('that sends nothing is closed, too', async () => {
    const service = await fixture.another({ HEADERS_TIMEOUT_MS: '400' });
    const socket = await connect(service.port);
    expect([0, 408]).toContain((await readToEnd(socket)).status);
    await service.stop();
  });

  it('is kept open for longer than a load balancer keeps it', async () => {
    const response = await fetch(`${fixture.service.url}/health`);
    expect(Number(/timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(60);
  });
});

describe('a body', () => {
  it('that comes too slowly is answered 408, and nothing is stored', async () => {
    const socket = await connect(fixture.service.port);
    socket.write(`${JSON_POST}Content-Length: 100\r\n\r\n{"key":"slow"`);
    const answer = await readToEnd(socket);
    expect(answer.status).toBe(408);
    expect(answer.headers['connection']).toBe('close');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'body-timeout' });
    expect(fixture.s3.calls).toEqual([]);
  });

  it('that ends early is not stored, and counts as the caller’s error', async () => {
    const labels = { method: 'POST', endpoint: '/data', status: '499' };
    const before = await series(fixture.service, 'http_requests_total', labels);
    const socket = await connect(fixture.service.port);
    socket.write(`${JSON_POST}Content-Length: 100\r\n\r\n{"key":"half"}`);
    const line = fixture.service.line(({ code }) => code === 'REQUEST_ABORTED');
    socket.end();
    socket.destroy();
    await line;
    expect(await series(fixture.service, 'http_requests_total', labels)).toBe(before + 1);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('longer than its Content-Length is cut there: broken JSON is 400, and the rest is not taken for a request', async () => {
    const answer = await exchange(fixture.service.port, `${JSON_POST}Content-Length: 5\r\n\r\n{"key":"short"}`);
    expect(answer.status).toBe(400);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('announced with Expect: 100-continue gets 100 and is stored', async () => {
    const socket = await connect(fixture.service.port);
    socket.write(`${JSON_POST}Expect: 100-continue\r\nContent-Length: 15\r\nConnection: close\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 100 Continue/);
    socket.write('{"key":"asked"}');
    expect((await readToEnd(socket)).status).toBe(201);
    expect(fixture.s3.objects.has('data/asked')).toBe(true);
  });
});

it('a caller that disconnects while S3 is slow ends the call to S3 too', async () => {
  fixture.s3.fault = () => ({ kind: 'hang' });
  const service = await fixture.another({ S3_ATTEMPT_TIMEOUT_MS: '60000', REQUEST_DEADLINE_MS: '60000' });
  const controller = new AbortController();
  const aborted = fetch(`${service.url}/data/gone`, { signal: controller.signal }).catch((error: Error) => error.name);
  while (!fixture.s3.calls.some(({ operation }) => operation === 'GetObject'))
    await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  expect(await aborted).toBe('AbortError');
  await service.line(({ code, endpoint }) => code === 'REQUEST_ABORTED' && endpoint === '/data/{key}');
  expect(await series(service, 'data_operations_total', { operation: 'get', result: 'aborted' })).toBe(1);
  await service.stop();
});

it('/health answers beside a thousand idle connections', async () => {
  const service = await fixture.another({ HEADERS_TIMEOUT_MS: '30000' });
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => connect(service.port)));
  expect((await fetch(`${service.url}/health`, { signal: AbortSignal.timeout(1000) })).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  await service.stop();
});

describe('at the cap of requests in flight', () => {
  it('one more is 503 with Retry-After at once; probes still answer', async () => {
    const service = await fixture.another({
      MAX_IN_FLIGHT: '2',
      S3_ATTEMPT_TIMEOUT_MS: '60000',
      REQUEST_DEADLINE_MS: '60000',
    });
    fixture.s3.fault = () => ({ kind: 'hang' });
    const held = ['a', 'b'].map((key) => fetch(`${service.url}/data/${key}`).then(({ status }) => status));
    while (fixture.s3.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = await fetch(`${service.url}/data/c`);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused)).code).toBe('too-busy');
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(await series(service, 'http_requests_in_flight')).toBe(2);
    fixture.s3.fault = () => undefined;
    fixture.s3.hangUp();
    expect(await Promise.all(held)).toEqual([404, 404]);
    expect((await fetch(`${service.url}/data/c`)).status).toBe(404);
    await service.stop();
  });
});

describe('a request target', () => {
  const TRACE = randomBytes(16).toString('hex');
  const ask = (target: string, method = 'GET', traceId = TRACE) =>
    exchange(
      fixture.service.port,
      Buffer.from(
        `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntraceparent: 00-${traceId}-b7ad6b7169203331-01\r\n\r\n`,
        'latin1',
      ),
    );
  const traced = async (target: string) => {
    const traceId = randomBytes(16).toString('hex');
    const answer = await ask(target, 'GET', traceId);
    const span = await fixture.collector.until(() =>
      fixture.collector.spans.find((candidate) => candidate.traceId === traceId && candidate.kind === 2),
    );
    return { answer, span };
  };

  it.each(['http://host/data/form', 'HTTP://host:8080/data/form', 'https://host/data/form?x=1', '/data/form'])(
    'in the form %s is routed to the document',
    async (target) => {
      await post(fixture.service, '{"key":"form"}');
      const { answer, span } = await traced(target);
      expect([answer.status, answer.body]).toEqual([200, '{"key":"form"}']);
      expect(span).toMatchObject({
        name: 'GET /data/{key}',
        attributes: { 'http.route': '/data/{key}', 'url.path': '/data/form', 'http.response.status_code': 200 },
      });
    },
  );

  it.each(['http://host', 'http://host/', 'http://host?x=1'])('%s is the root, which is 404', async (target) => {
    const { answer, span } = await traced(target);
    expect([answer.status, span.attributes['url.path']]).toEqual([404, '/']);
  });

  it.each(['*', 'http://host'])('OPTIONS %s is 204 and lists the methods', async (target) => {
    const answer = await ask(target, 'OPTIONS');
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'GET, HEAD, POST']);
  });

  it.each([
    ['GET', '*'],
    ['GET', '/data/form#part'],
    ['GET', '/data/form?x#part'],
    ['GET', 'http://host/data/form#part'],
    ['GET', 'http://user:pass@host/data/form'],
    ['GET', 'http:///data/form'],
    ['GET', 'ftp://host/data/form'],
    ['GET', '/data/\u00a0'],
    ['GET', '/data/gr\u00f6\u00dfe'],
  ])('%s %s is 400', async (method, target) => {
    const answer = await ask(target, method);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'malformed-request']);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('never breaks the log’s format, whatever its form', () => {
    expect(fixture.service.stderr.join('')).toBe('');
  });
});

describe('the metrics port', () => {
  const at = (path: string) => `${fixture.service.metricsUrl}${path}`;
  const port = () => Number(new URL(fixture.service.metricsUrl).port);

  it.each(['/', '/health', '/data/a', '/metrics/'])('has no %s', async (path) => {
    expect((await fetch(at(path))).status).toBe(404);
  });

  it('serves metrics whatever the query, to HEAD without a body', async () => {
    expect(await (await fetch(at('/metrics?x=1'))).text()).toContain('http_requests_total');
    const head = await fetch(at('/metrics'), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const absolute = await exchange(port(), 'GET http://host/metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(absolute.status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'answers %s with 405 and the allowed methods',
    async (method) => {
      const response = await fetch(at('/metrics'), { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    },
  );

  it('closes a connection whose headers come too slowly, or that sends nothing', async () => {
    const service = await fixture.another({ HEADERS_TIMEOUT_MS: '400' });
    const slowPort = Number(new URL(service.metricsUrl).port);
    const slow = await connect(slowPort);
    slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect((await readToEnd(slow)).status).toBe(408);
    expect([0, 408]).toContain((await readToEnd(await connect(slowPort))).status);
    await service.stop();
  });
});
