import { exchange } from '../helpers/raw-http';
import { post, type ServiceFixture, startFixture } from '../helpers/service-fixture';
import { security } from './expected/security';
import { tryFault } from './support/try-fault';

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const get = (path: string, headers = '') =>
  exchange(fixture.service.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);

it(security.serviceTraversal.id, () =>
  tryFault(security.serviceTraversal, async () => {
    fixture.s3.reset();
    const problems: string[] = [];
    const paths = [
      '..',
      '../x',
      '../../etc/passwd',
      '%2e%2e/x',
      'a/../../x',
      'a/%2e%2e/x',
      '%2e%2e%2fx',
      'a%00b',
      'a%0ab',
      '%ZZ',
      'a%7fb',
    ];
    for (const path of paths) {
      const { status } = await get(`/data/${path}`);
      if (status !== 400 && status !== 404) problems.push(`GET /data/${path} answered ${status}`);
    }
    for (const key of ['..', '../x', 'a/../x', 'a\u0000b', 'a\nb', 'a\u007fb']) {
      const { status } = await post(fixture.service, JSON.stringify({ key }));
      if (status !== 400) problems.push(`POST ${JSON.stringify(key)} answered ${status}`);
    }
    const reached = fixture.s3.calls.filter(({ operation }) => operation !== 'HeadBucket');
    return [...problems, ...reached.map(({ operation, key }) => `${operation} of ${key}`)];
  }),
);

it(security.headerInjection.id, () =>
  tryFault(security.headerInjection, async () => {
    const problems: string[] = [];
    const answers = [
      await get('/data/a%0d%0aX-Injected:%201'),
      await get('/data/a%E5%98%8A%E5%98%8DX-Injected:%201'),
      await get('/x%0d%0aX-Injected:1', 'traceparent: 00-x\r\n'),
      await get('/health', 'X-Injected: 1\r\nX-Request-Id: a\r\n'),
    ];
    for (const { headers } of answers) if ('x-injected' in headers) problems.push('a header came back');
    for (const key of ['a\r\nX-Injected: 1', 'ok\u2028X-Injected: 1', 'é\u0085X-Injected: 1']) {
      const response = await post(fixture.service, JSON.stringify({ key }));
      if (response.headers.has('x-injected')) problems.push(`key ${JSON.stringify(key)} made a header`);
      if (response.status >= 500) problems.push(`key ${JSON.stringify(key)} answered ${response.status}`);
    }
    return problems;
  }),
);

it(security.logInjection.id, () =>
  tryFault(security.logInjection, async (note) => {
    const from = fixture.service.lines.length;
    const forged = '{"level":"error","code":"FORGED","injected":true}';
    await get(`/data/${encodeURIComponent(`a\n${forged}`)}`);
    await get(
      `/nowhere/${encodeURIComponent(forged)}`,
      `User-Agent: \u001b[31m${forged}\r\ntraceparent: ${forged}\r\n`,
    );
    await post(fixture.service, forged);
    await post(fixture.service, `{"key":"x\\n${forged.replaceAll('"', '\\"')}"}`);
    await post(fixture.service, 'not JSON \u001b[2J\n{"code":"FORGED"}', { 'user-agent': forged });
    await exchange(fixture.service.port, `\u001b[31m${forged}\r\n\r\n`);
    await get('/data/last-of-this-test');
    const lines = fixture.service.lines.slice(from);
    note(`${lines.length} lines`);
    // The reader of stdout parses each line as JSON, in which a raw control character is an error.
    return lines.flatMap((line) => [
      ...(line.service === 'data-processor-service' ? [] : [`a line without the service: ${JSON.stringify(line)}`]),
      ...(line.code === 'FORGED' || 'injected' in line ? ['a forged line'] : []),
    ]);
  }),
);
