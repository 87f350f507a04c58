import type { Socket } from 'node:net';
import { connect, readToEnd } from '../helpers/raw-http';
import { post, problemOf, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import type { ServiceProcess } from '../helpers/service-process';

/**
 * Larger than the kernel's buffers of two sockets, so that the service holds the rest of a response that nobody reads.
 */
const DOCUMENT_BYTES = 16 * 2 ** 20;
const LIMIT = 2 * DOCUMENT_BYTES;

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture({
    MAX_BODY_BYTES: String(DOCUMENT_BYTES),
    MAX_BYTES_IN_FLIGHT: String(LIMIT),
    BODY_TIMEOUT_MS: '60000',
    REQUEST_DEADLINE_MS: '60000',
    S3_ATTEMPT_TIMEOUT_MS: '60000',
  });
});
afterAll(() => fixture.close());
beforeEach(() => fixture.s3.reset());

const held = (service: ServiceProcess) => series(service, 'data_bytes_in_flight');

async function untilHeld(service: ServiceProcess, isSo: (bytes: number) => boolean): Promise<void> {
  while (!isSo(await held(service))) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Stores a document of the maximum size in S3. */
function storeLarge(): void {
  const body = Buffer.alloc(DOCUMENT_BYTES, ' ');
  body.write('{"key":"large","text":"');
  body.write('"}', DOCUMENT_BYTES - 2);
  fixture.s3.objects.set('data/large', { body, contentType: 'application/json' });
}

async function askAndNotRead(service: ServiceProcess): Promise<Socket> {
  const socket = await connect(service.port);
  socket.pause();
  socket.write('GET /data/large HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

async function expectTooBusy(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toBe('1');
  const problem = await problemOf(response);
  expect([problem.status, problem.code]).toEqual([503, 'too-busy']);
}

describe('bytes in flight', () => {
  it('of bodies that are still arriving are bounded: one more is 503, and the others continue', async () => {
    const head = `POST /data HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${DOCUMENT_BYTES}\r\n\r\n`;
    const almost = DOCUMENT_BYTES - 1024;
    const sockets = await Promise.all([connect(fixture.service.port), connect(fixture.service.port)]);
    for (const [index, socket] of sockets.entries()) {
      socket.write(head);
      socket.write(`{"key":"body/${index}","text":"`.padEnd(almost, 'x'));
    }
    await untilHeld(fixture.service, (bytes) => bytes === 2 * almost);
    await expectTooBusy(await post(fixture.service, JSON.stringify({ key: 'more', text: 'x'.repeat(4096) })));
    expect((await fetch(`${fixture.service.url}/health`)).status).toBe(200);
    expect((await post(fixture.service, '{"key":"small"}')).status).toBe(201);
    const answers = sockets.map((socket) => {
      socket.write(`${'x'.repeat(1022)}"}`);
      return readToEnd(socket);
    });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201]);
    expect(fixture.s3.objects.get('data/body/1')?.body.length).toBe(DOCUMENT_BYTES);
    expect(await held(fixture.service)).toBe(0);
  });

  it('are not counted for a Content-Length alone', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(fixture.service.port)));
    for (const socket of sockets) {
      socket.write(
        `POST /data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${DOCUMENT_BYTES}\r\n\r\n{`,
      );
    }
    await untilHeld(fixture.service, (bytes) => bytes === 10);
    expect((await post(fixture.service, '{"key":"between"}')).status).toBe(201);
    for (const socket of sockets) socket.destroy();
    await untilHeld(fixture.service, (bytes) => bytes === 0);
  });

  it('of responses that callers do not read are bounded: one more is 503 before S3 is called', async () => {
    storeLarge();
    const sockets = [await askAndNotRead(fixture.service), await askAndNotRead(fixture.service)];
    await untilHeld(fixture.service, (bytes) => bytes === LIMIT);
    const asked = fixture.s3.calls.length;
    await expectTooBusy(await fetch(`${fixture.service.url}/data/large`));
    await expectTooBusy(await post(fixture.service, '{"key":"small"}'));
    expect(fixture.s3.calls.length).toBe(asked);
    expect((await fetch(`${fixture.service.url}/health`)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await untilHeld(fixture.service, (bytes) => bytes === 0);
    const response = await fetch(`${fixture.service.url}/data/large`);
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, DOCUMENT_BYTES]);
  });

  it('of S3’s responses are bounded: a document that does not fit is 503, and the connection to S3 is released', async () => {
    storeLarge();
    const socket = await askAndNotRead(fixture.service);
    await untilHeld(fixture.service, (bytes) => bytes === DOCUMENT_BYTES);
    // Two at once: both start to read their document, and there is room for at most one.
    const answers = await Promise.all(
      [1, 2].map(() =>
        fetch(`${fixture.service.url}/data/large`).then(async (response) => [
          response.status,
          (await response.arrayBuffer()).byteLength,
        ]),
      ),
    );
    const sizes = answers.filter(([status]) => status === 200).map(([, size]) => size);
    expect(sizes.every((size) => size === DOCUMENT_BYTES)).toBe(true);
    expect(answers.map(([status]) => status)).toContain(503);
    socket.destroy();
    await untilHeld(fixture.service, (bytes) => bytes === 0);
  });
});

it('a caller that does not read its response is disconnected, and its bytes are released', async () => {
  const service = await fixture.another({ REQUEST_DEADLINE_MS: '3000', ANSWER_TIMEOUT_MS: '200' });
  storeLarge();
  const socket = await askAndNotRead(service);
  await untilHeld(service, (bytes) => bytes > 0);
  await untilHeld(service, (bytes) => bytes === 0);
  socket.resume();
  expect((await readToEnd(socket)).body.length).toBeLessThan(DOCUMENT_BYTES);
});
