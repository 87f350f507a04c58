import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, S3Call } from '../helpers/s3-faults';
import { CREDENTIALS } from '../helpers/s3-faults';
import { AS_DEPLOYED, post, problemOf, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.s3.reset());

const write = () => post(fixture.service, '{"key":"fault","value":1}');
const read = () => fetch(`${fixture.service.url}/data/fault`);
const always = (fault: Fault) => () => fault;
const error = (status: number, code: string): Fault => ({ kind: 'error', status, code });

function firstOnly(fault: Fault): (call: S3Call) => Fault | undefined {
  let left = 1;
  return () => {
    left -= 1;
    return left >= 0 ? fault : undefined;
  };
}

describe('one failure of S3 is not seen by the caller', () => {
  it.each<[string, Fault]>([
    ['a 500', error(500, 'InternalError')],
    ['a 503 SlowDown', error(503, 'SlowDown')],
    ['a reset connection', { kind: 'reset' }],
    ['an attempt without an answer', { kind: 'hang' }],
  ])('%s: the write is repeated and there is one object', async (_what, fault) => {
    fixture.s3.fault = firstOnly(fault);
    expect((await write()).status).toBe(201);
    expect([...fixture.s3.objects.keys()]).toEqual(['data/fault']);
    expect(fixture.s3.calls).toHaveLength(2);
    expect((await read()).status).toBe(200);
  });
});

it('a write that S3 applies but answers too late is repeated and stores the same object', async () => {
  fixture.s3.fault = firstOnly({ kind: 'slow', ms: 600 });
  expect((await write()).status).toBe(201);
  expect([...fixture.s3.objects.keys()]).toEqual(['data/fault']);
  // Proof that S3 applied the first write: the object is there again.
  fixture.s3.objects.clear();
  while (fixture.s3.objects.size === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await (await read()).json()).toEqual({ key: 'fault', value: 1 });
});

describe('a lasting failure of S3', () => {
  it.each<[string, Fault, number, string]>([
    ['503 SlowDown', error(503, 'SlowDown'), 503, 'storage-unavailable'],
    ['500', error(500, 'InternalError'), 503, 'storage-unavailable'],
    ['reset connections', { kind: 'reset' }, 503, 'storage-unavailable'],
    ['AccessDenied', error(403, 'AccessDenied'), 502, 'storage-refused'],
    ['NoSuchBucket', error(404, 'NoSuchBucket'), 502, 'storage-refused'],
    ['InvalidBucketState', error(409, 'InvalidBucketState'), 409, 'write-conflict'],
    ['a redirect to another region', error(301, 'PermanentRedirect'), 502, 'storage-refused'],
    ['no answer at all', { kind: 'hang' }, 504, 'deadline-exceeded'],
  ])('%s: %#', async (_what, fault, status, code) => {
    fixture.s3.fault = always(fault);
    for (const request of [write, read]) {
      const response = await request();
      const problem = await problemOf(response);
      expect([problem.status, problem.code]).toEqual([status, code]);
      expect(response.headers.has('retry-after')).toBe(status === 503 || status === 409);
      expect(JSON.stringify(problem)).not.toMatch(/arn:|documents|secret/);
    }
    expect(fixture.s3.calls.length).toBeLessThanOrEqual(6);
    expect(fixture.s3.objects.size).toBe(0);
  });

  it.each([
    [403, 'AccessDenied', 'no s3:PutObject on arn:aws:s3:::documents'],
    [404, 'NoSuchBucket', 'The bucket documents does not exist'],
  ])('is logged with S3’s own reason and the trace of the request: %i %s', async (status, s3Code, message) => {
    fixture.s3.fault = always({ kind: 'error', status, code: s3Code, message });
    const problem = await problemOf(await write());
    const line = await fixture.service.line(
      ({ code, trace_id }) => code === 'STORAGE_FAILED' && trace_id === problem.trace_id,
    );
    expect(line).toMatchObject({
      level: 'error',
      failure: 'refused',
      s3_code: s3Code,
      reason: message,
    });
    expect(line.span_id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is counted by its result', async () => {
    const before = await series(fixture.service, 'data_operations_total', { operation: 'get', result: 'unavailable' });
    fixture.s3.fault = always(error(500, 'InternalError'));
    await read();
    expect(await series(fixture.service, 'data_operations_total', { operation: 'get', result: 'unavailable' })).toBe(
      before + 1,
    );
  });

  it('ends at the deadline although every attempt would still be in time', async () => {
    fixture.s3.fault = always({ kind: 'slow', ms: 5000 });
    const service = await fixture.another({ S3_ATTEMPT_TIMEOUT_MS: '10000', REQUEST_DEADLINE_MS: '300' });
    const problem = await problemOf(await post(service, '{"key":"late"}'));
    expect([problem.status, problem.code]).toEqual([504, 'deadline-exceeded']);
    await service.stop();
  });
});

describe('a response that is not S3’s', () => {
  const ETag = '"d41d8cd98f00b204e9800998ecf8427e"';
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code><Message>Try again</Message></Error>';
  const answer = (status: number, body: string, headers: Record<string, string> = { ETag }): Fault => ({
    kind: 'answer',
    status,
    body,
    headers,
  });

  it.each<[string, Fault, number, string]>([
    ['200 with an error for its body', answer(200, xml), 502, 'storage-refused'],
    ['200 with a page of HTML', answer(200, '<html>Log in</html>'), 502, 'storage-refused'],
    ['204', answer(204, ''), 502, 'storage-refused'],
    ['an unrequested 206', answer(206, '{"key":"fau'), 502, 'storage-refused'],
    ['an unrequested 304', answer(304, ''), 502, 'storage-refused'],
    ['an unrequested 412', answer(412, ''), 502, 'storage-refused'],
    ['404 of a proxy', answer(404, '<html>Not found</html>'), 502, 'storage-refused'],
    ['404 without a body', answer(404, ''), 502, 'storage-refused'],
    ['403 with a page of HTML', answer(403, '<html><body>Forbidden<br></body>'), 502, 'storage-refused'],
    ['503 with a page of HTML', answer(503, '<html><body>Busy<br></body>'), 503, 'storage-unavailable'],
    ['403 that never ends', { ...answer(403, xml.repeat(100)), goesOn: 'endless' } as Fault, 502, 'storage-refused'],
    [
      '503 that never ends',
      { ...answer(503, 'x'.repeat(9999)), goesOn: 'endless' } as Fault,
      503,
      'storage-unavailable',
    ],
    ['200 that never ends', { ...answer(200, '{'.repeat(9999)), goesOn: 'endless' } as Fault, 502, 'storage-refused'],
    ['503 that drips', { ...answer(503, 'x'), goesOn: 'drip' } as Fault, 504, 'deadline-exceeded'],
    ['200 that drips', { ...answer(200, ' '), goesOn: 'drip' } as Fault, 504, 'deadline-exceeded'],
  ])('%s is reported as S3’s failure to readers and writers', async (_what, fault, status, code) => {
    fixture.s3.fault = always(fault);
    for (const request of [write, read]) {
      const problem = await problemOf(await request());
      expect([problem.status, problem.code]).toEqual([status, code]);
    }
  });

  it('a write whose response has no ETag is a failure', async () => {
    fixture.s3.fault = always(answer(200, '', {}));
    expect((await problemOf(await write())).code).toBe('storage-refused');
  });

  it('an invalid ETag is not passed on', async () => {
    fixture.s3.fault = always(answer(200, '{"key":"fault"}', { ETag: 'no quotes' }));
    const response = await read();
    expect([response.status, response.headers.has('etag')]).toEqual([200, false]);
  });
});

describe('a stored object that is not a document', () => {
  it.each<[string, string | Buffer]>([
    ['HTML', '<!doctype html><title>x</title>'],
    ['binary', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0xff])],
    ['empty', ''],
    ['half a document', '{"key":"fau'],
    ['JSON that is not an object', '[1,2]'],
    ['JSON in UTF-16', Buffer.from('{"key":"a"}', 'utf16le')],
    ['JSON that is nested too deep', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('(%s) is 502, and the log says so', async (_what, content) => {
    fixture.s3.objects.set('data/fault', { body: Buffer.from(content), contentType: 'application/json' });
    const problem = await problemOf(await read());
    expect([problem.status, problem.code]).toEqual([502, 'storage-refused']);
    const line = await fixture.service.line(
      ({ code, trace_id }) => code === 'STORAGE_FAILED' && trace_id === problem.trace_id,
    );
    expect(line['s3_code']).toBe('NotADocument');
    expect((await fetch(`${fixture.service.url}/data/fault`, { method: 'HEAD' })).status).toBe(502);
  });
});

describe('a document whose response from S3 ends early', () => {
  it('is never a truncated 200', async () => {
    await post(fixture.service, JSON.stringify({ key: 'fault', text: 'x'.repeat(50_000) }));
    fixture.s3.fault = ({ operation }) => (operation === 'GetObject' ? { kind: 'truncate' } : undefined);
    const response = await read();
    expect((await problemOf(response)).code).toBe('storage-unavailable');
    expect(response.headers.get('retry-after')).toBe('2');
  });
});

it('an object larger than any document is refused and not read into memory', async () => {
  fixture.s3.objects.set('data/fault', { body: Buffer.alloc(200_000, 0x20), contentType: 'application/json' });
  expect((await problemOf(await read())).code).toBe('storage-refused');
});

it('S3 that refuses connections is 503, and /health is still 200', async () => {
  const service = await fixture.another({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  const response = await post(service, '{"key":"a"}');
  expect((await problemOf(response)).code).toBe('storage-unavailable');
  expect((await fetch(`${service.url}/health`)).status).toBe(200);
  const ready = await fetch(`${service.url}/ready`);
  expect((await problemOf(ready)).code).toBe('not-ready');
  await service.stop();
});

describe('/ready', () => {
  it('calls S3 once for many probes', async () => {
    const service = await fixture.another(AS_DEPLOYED);
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${service.url}/ready`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(fixture.s3.calls.map(({ operation }) => operation)).toEqual(['HeadBucket']);
    await service.stop();
  });

  it('is 503 when S3 hangs; /health does not call it', async () => {
    const service = await fixture.another();
    fixture.s3.fault = always({ kind: 'hang' });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(fixture.s3.calls).toEqual([]);
    expect((await fetch(`${service.url}/ready`)).status).toBe(503);
    await service.stop();
  });
});

describe('credentials', () => {
  it('are taken from the task’s role, and fetched again when S3 says that they have expired', async () => {
    const sets = ['FIRST', 'SECOND'].map((name) => ({
      accessKeyId: name,
      secretAccessKey: `${name}-secret`,
      sessionToken: `${name}-token`,
    }));
    const asked: (string | undefined)[] = [];
    const role = http.createServer((request, response) => {
      const set = sets[Math.min(asked.length, 1)];
      asked.push(request.headers.authorization);
      response.end(
        JSON.stringify({
          AccessKeyId: set?.accessKeyId,
          SecretAccessKey: set?.secretAccessKey,
          Token: set?.sessionToken,
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      );
    });
    await new Promise<void>((resolve) => role.listen(0, '127.0.0.1', resolve));
    const service = await fixture.another({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(role.address() as AddressInfo).port}/role`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'task-token',
    });
    fixture.s3.credentials = sets.slice(0, 1);
    expect((await post(service, '{"key":"first"}')).status).toBe(201);
    fixture.s3.credentials = sets.slice(1);
    expect((await post(service, '{"key":"second"}')).status).toBe(201);
    expect(asked).toEqual(['task-token', 'task-token']);
    await service.stop();
    role.close();
    role.closeAllConnections();
  });

  it('sign with S3’s clock after S3 has refused the service’s', async () => {
    const ahead = 3_600_000;
    const service = await fixture.another();
    fixture.s3.fault = ({ headers }) => {
      const [, year, month, day, hour, minute, second] =
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
      const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      if (Math.abs(signed - Date.now() - ahead) < 900_000) return undefined;
      return {
        kind: 'answer',
        status: 403,
        headers: { date: new Date(Date.now() + ahead).toUTCString() },
        body: '<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>',
      };
    };
    expect((await post(service, '{"key":"skewed"}')).status).toBe(201);
    expect(fixture.s3.calls).toHaveLength(2);
    expect((await fetch(`${service.url}/data/skewed`)).status).toBe(200);
    expect(fixture.s3.calls).toHaveLength(3);
    await service.stop();
  });

  it('that S3 does not know are 502, and the log names S3’s error', async () => {
    fixture.s3.credentials = [{ ...CREDENTIALS, secretAccessKey: 'another' }];
    const problem = await problemOf(await write());
    expect(problem.status).toBe(502);
    const line = await fixture.service.line(
      ({ trace_id, code }) => code === 'STORAGE_FAILED' && trace_id === problem.trace_id,
    );
    expect(line['s3_code']).toBe('SignatureDoesNotMatch');
  });
});
