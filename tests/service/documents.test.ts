import { post, problemOf, type ServiceFixture, startFixture } from '../helpers/service-fixture';

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.s3.reset());

const get = (key: string) => fetch(`${fixture.service.url}/data/${key}`);

describe('a document', () => {
  it('is returned byte for byte under the key that the caller chose', async () => {
    const sent =
      '{ "key":"orders/2026/1",  "price": 1.10, "big": 12345678901234567890, "nested": {"a":[1,null,true]} }';
    const written = await post(fixture.service, sent);
    expect(written.status).toBe(201);
    expect(await written.json()).toMatchObject({ key: 'orders/2026/1' });
    expect(written.headers.get('location')).toBe('/data/orders/2026/1');
    const read = await get('orders/2026/1');
    expect(read.status).toBe(200);
    expect(read.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(read.headers.get('etag')).toBe(written.headers.get('etag'));
    expect(await read.text()).toBe(sent);
    expect([...fixture.s3.objects.keys()]).toEqual(['data/orders/2026/1']);
  });

  it('gets a key when the caller sends none', async () => {
    const { key } = (await (await post(fixture.service, '{"value":1}')).json()) as { key: string };
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(await (await get(key)).json()).toEqual({ value: 1 });
  });

  it('is replaced by a second POST of its key', async () => {
    await post(fixture.service, '{"key":"again","value":1}');
    const second = await post(fixture.service, '{"key":"again","value":2}');
    expect(second.status).toBe(201);
    expect(await (await get('again')).json()).toEqual({ key: 'again', value: 2 });
  });

  it('is kept, with 412, when the POST has If-None-Match: *', async () => {
    expect((await post(fixture.service, '{"key":"once","value":1}', { 'if-none-match': '*' })).status).toBe(201);
    const second = await post(fixture.service, '{"key":"once","value":2}', { 'if-none-match': '*' });
    expect(second.status).toBe(412);
    expect((await problemOf(second)).code).toBe('document-exists');
    expect(await (await get('once')).json()).toEqual({ key: 'once', value: 1 });
  });

  it.each([
    ['if-none-match', '"etag"'],
    ['if-match', '"etag"'],
  ])('refuses the precondition %s: %s rather than ignore it', async (name, value) => {
    const response = await post(fixture.service, '{"key":"x"}', { [name]: value });
    expect((await problemOf(response)).code).toBe('invalid-precondition');
    expect(fixture.s3.calls).toEqual([]);
  });

  it('that does not exist is 404', async () => {
    expect((await problemOf(await get('never/was'))).code).toBe('document-not-found');
  });

  it('is returned to HEAD without its body', async () => {
    await post(fixture.service, '{"key":"head"}');
    const response = await fetch(`${fixture.service.url}/data/head`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '14', '']);
  });
});

describe('a conditional GET', () => {
  const of = (etag: string) => (condition: string) => condition.replaceAll('ETAG', etag);
  const put = async () => {
    const response = await post(fixture.service, '{"key":"conditional"}');
    return of(response.headers.get('etag') ?? '');
  };
  const ask = (headers: Record<string, string>, method = 'GET') =>
    fetch(`${fixture.service.url}/data/conditional`, { method, headers, cache: 'no-store' });

  it.each([
    [200, { 'if-none-match': '"other"' }],
    [304, { 'if-none-match': 'ETAG' }],
    [304, { 'if-none-match': 'W/ETAG' }],
    [304, { 'if-none-match': '"a,b", W/"c" ,, ETAG' }],
    [304, { 'if-none-match': '*' }],
    [200, { 'if-match': 'ETAG' }],
    [200, { 'if-match': '"other",ETAG' }],
    [200, { 'if-match': '*' }],
    [412, { 'if-match': '"other"' }],
    [412, { 'if-match': 'W/ETAG' }],
    [412, { 'if-match': '"other"', 'if-none-match': 'ETAG' }],
    [304, { 'if-match': 'ETAG', 'if-none-match': 'ETAG' }],
    [400, { 'if-none-match': 'no-quotes' }],
    [400, { 'if-match': '*, "a"' }],
    [200, { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
  ] satisfies readonly (readonly [number, Record<string, string>])[])(
    'is %i for %j, and so is HEAD',
    async (status, conditions) => {
      const filled = await put();
      const headers = Object.fromEntries(Object.entries(conditions).map(([name, value]) => [name, filled(value)]));
      const [get, head] = [await ask(headers), await ask(headers, 'HEAD')];
      expect([get.status, head.status, await head.text()]).toEqual([status, status, '']);
      const body = await get.text();
      if (status === 200) expect(body).toBe('{"key":"conditional"}');
      if (status === 304)
        expect([body, get.headers.get('etag'), get.headers.has('content-type')]).toEqual(['', filled('ETAG'), false]);
      if (status === 412) expect(JSON.parse(body)).toMatchObject({ code: 'precondition-failed' });
      if (status === 400) expect(JSON.parse(body)).toMatchObject({ code: 'invalid-precondition' });
    },
  );

  it.each(['if-match', 'if-none-match'])('of a missing document is 404, whatever %s contains', async (name) => {
    expect((await ask({ [name]: '*' })).status).toBe(404);
    expect((await ask({ [name]: '"a"' })).status).toBe(404);
  });

  it('of an object that is not a document is 502', async () => {
    fixture.s3.objects.set('data/conditional', { body: Buffer.from('<html>'), contentType: undefined });
    expect((await ask({ 'if-none-match': '*' })).status).toBe(502);
  });
});

describe('keys', () => {
  it.each([
    ['a space', 'with space/and more', 'with%20space/and%20more'],
    ['a plus sign', 'a+b', 'a+b'],
    ['an encoded plus sign', 'a+b', 'a%2Bb'],
    ['Unicode', 'größe/日本/🙂', 'gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC/%F0%9F%99%82'],
    ['an encoded slash', 'a/b', 'a%2Fb'],
    ['a percent sign', '100%', '100%25'],
    ['dots that are not a segment', 'a..b/.hidden/...', 'a..b/.hidden/...'],
    ['a question mark', 'what?', 'what%3F'],
    ['what SigV4 encodes and JavaScript does not', "it's (so) *here*!", "it's%20(so)%20*here*!"],
    ['what JavaScript leaves in a path', 'a&b=c;d:e@f$g,h~i', 'a&b=c;d:e@f$g,h~i'],
  ])('with %s make the round trip exactly', async (_what, key, path) => {
    expect((await post(fixture.service, JSON.stringify({ key }))).status).toBe(201);
    expect(fixture.s3.objects.has(`data/${key}`)).toBe(true);
    expect(await (await get(path)).json()).toEqual({ key });
  });

  it.each([
    ['an empty key', ''],
    ['a parent segment', '../secret'],
    ['a parent segment inside', 'a/../../secret'],
    ['a segment of one dot', 'a/./b'],
    ['a leading slash', '/a'],
    ['a trailing slash', 'a/'],
    ['an empty segment', 'a//b'],
    ['a null character', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['a C1 control character', 'a\u0085b'],
    ['more than 1,024 bytes with the prefix', 'ü'.repeat(510)],
    ['a lone surrogate', '\ud800'],
    ['a number', 7],
    ['null', null],
    ['an array', ['a']],
  ])('that are %s are refused with 400 and no S3 call', async (_what, key) => {
    expect((await problemOf(await post(fixture.service, JSON.stringify({ key })))).code).toBe('invalid-key');
    expect(fixture.s3.calls).toEqual([]);
  });

  it.each(['%2e%2e/secret', 'a/%2E%2E/b', 'a%00b', 'a%0Ab', '%ZZ', '%C3%28', `${'a'.repeat(1020)}`, 'a//b'])(
    'are refused in a path too: %s',
    async (path) => {
      const { exchange } = await import('../helpers/raw-http');
      const answer = await exchange(
        fixture.service.port,
        `GET /data/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid-key' });
      expect(fixture.s3.calls).toEqual([]);
    },
  );

  it('cannot leave the prefix by a path with raw dots', async () => {
    const { exchange } = await import('../helpers/raw-http');
    const answer = await exchange(
      fixture.service.port,
      'GET /data/../other/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(answer.status).toBe(400);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('of exactly S3’s length are accepted', async () => {
    const key = 'a'.repeat(1019);
    expect((await post(fixture.service, JSON.stringify({ key }))).status).toBe(201);
    expect((await get(key)).status).toBe(200);
  });
});

describe('a body', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  it.each([
    ['broken JSON', '{"key":', 'invalid-json'],
    ['nothing', '', 'invalid-json'],
    ['a trailing comma', '{"a":1,}', 'invalid-json'],
    ['null', 'null', 'invalid-document'],
    ['a string', '"text"', 'invalid-document'],
    ['a number', '1', 'invalid-document'],
    ['an array', '[{"key":"a"}]', 'invalid-document'],
    ['very deep nesting', `{"a":${deep}}`, 'invalid-document'],
    ['unclosed deep nesting', '['.repeat(60_000), 'invalid-document'],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'invalid-json'],
  ])('that is %s is refused with 400', async (_what, body, code) => {
    const problem = await problemOf(await post(fixture.service, body));
    expect(problem.status).toBe(400);
    expect(problem.code).toBe(code);
    expect(JSON.stringify(problem)).not.toMatch(/at |node:|\.ts|\.cjs/);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('with 100 levels is accepted; brackets in strings do not count', async () => {
    const nested = `{"key":"deep","text":"${'[{'.repeat(500)}\\"[","a":${'['.repeat(98)}${']'.repeat(98)}}`;
    expect((await post(fixture.service, nested)).status).toBe(201);
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['something that starts like JSON', 'application/jsonp'],
    ['an unknown charset', 'application/json; charset=klingon'],
    ['UTF-16', 'application/json; charset=utf-16'],
  ])('sent as %s is refused with 415', async (_what, type) => {
    expect((await problemOf(await post(fixture.service, '{"key":"a"}', { 'content-type': type }))).status).toBe(415);
    expect(fixture.s3.calls).toEqual([]);
  });

  it('without a content type is refused with 415', async () => {
    const response = await fetch(`${fixture.service.url}/data`, { method: 'POST', body: new Uint8Array([0x7b, 0x7d]) });
    expect((await problemOf(response)).status).toBe(415);
  });

  it('that is compressed is refused with 415', async () => {
    expect((await problemOf(await post(fixture.service, '{}', { 'content-encoding': 'gzip' }))).status).toBe(415);
  });

  it.each(['application/json', 'Application/JSON; Charset="UTF-8"', 'application/json;charset=utf-8'])(
    'sent as %s is accepted',
    async (type) => {
      expect((await post(fixture.service, '{"key":"a"}', { 'content-type': type })).status).toBe(201);
    },
  );

  const ofSize = (bytes: number) => `{"key":"size","text":"${'x'.repeat(bytes - 24)}"}`;

  it('of exactly the limit is accepted, one byte more is 413', async () => {
    expect(Buffer.byteLength(ofSize(65_536))).toBe(65_536);
    expect((await post(fixture.service, ofSize(65_536))).status).toBe(201);
    expect((await problemOf(await post(fixture.service, ofSize(65_537)))).code).toBe('body-too-large');
    expect(fixture.s3.calls).toHaveLength(1);
  });

  it('that is too large is 413 when it comes in chunks without a length', async () => {
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let index = 0; index < 10; index += 1) controller.enqueue(new Uint8Array(32_768).fill(0x20));
        controller.close();
      },
    });
    const response = await fetch(`${fixture.service.url}/data`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: chunks,
      duplex: 'half',
    } as RequestInit);
    expect((await problemOf(response)).status).toBe(413);
    expect(fixture.s3.calls).toEqual([]);
  });
});

describe('routes', () => {
  it.each([
    ['GET', '/data', 'POST'],
    ['PUT', '/data', 'POST'],
    ['POST', '/data/a', 'GET, HEAD'],
    ['DELETE', '/data/a/b', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/ready', 'GET, HEAD'],
    ['PUT', '/metrics', 'GET, HEAD'],
    ['OPTIONS', '/data', 'POST'],
  ])('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    const response = await fetch(`${fixture.service.url}${path}`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    await problemOf(response);
  });

  it.each(['/', '/data/', '/DATA/a', '/healthz', '/data%2Fa', '/metrics/', '//data/a'])('%s is 404', async (path) => {
    const response = await fetch(`${fixture.service.url}${path}`);
    expect((await problemOf(response)).code).toBe('not-found');
  });

  it('the header x-fault is ignored while the fault switch is off', async () => {
    expect((await post(fixture.service, '{"key":"a"}', { 'x-fault': '503' })).status).toBe(201);
  });

  it('/health and /ready answer in JSON and name no framework', async () => {
    const health = await fetch(`${fixture.service.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    expect(health.headers.has('x-powered-by')).toBe(false);
    const ready = await fetch(`${fixture.service.url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });
});
