/** The process is stopped for longer than its time-outs, while everything that it waits for arrives in time. */
import { connect, readToEnd } from '../helpers/raw-http';
import { type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import type { ServiceProcess } from '../helpers/service-process';

jest.setTimeout(120_000);

const TIME_OUT_MS = 3_000;

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.s3.reset());

/** Stops the process until every running time-out is over. */
function stall(service: ServiceProcess): Promise<unknown> {
  service.child.kill('SIGSTOP');
  return new Promise((resolve) => setTimeout(resolve, TIME_OUT_MS + 500)).then(() => service.child.kill('SIGCONT'));
}

it('a response of S3 that came during the stall is used, and S3 is not called again', async () => {
  const service = await fixture.another({
    REQUEST_DEADLINE_MS: String(TIME_OUT_MS),
    S3_ATTEMPT_TIMEOUT_MS: String(TIME_OUT_MS),
  });
  fixture.s3.objects.set('data/stalled', { body: Buffer.from('{"value":1}'), contentType: 'application/json' });
  let over: Promise<unknown> | undefined;
  fixture.s3.fault = () => {
    over ??= stall(service);
    return undefined;
  };
  const response = await fetch(`${service.url}/data/stalled`);
  await over;
  expect([response.status, await response.text()]).toEqual([200, '{"value":1}']);
  expect(fixture.s3.calls.map(({ operation }) => operation)).toEqual(['GetObject']);
});

it('a body that came during the stall is stored', async () => {
  const service = await fixture.another({ REQUEST_DEADLINE_MS: '60000', BODY_TIMEOUT_MS: String(TIME_OUT_MS) });
  const body = '{"key":"stalled-body"}';
  const socket = await connect(service.port);
  socket.write(
    `POST /data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  while ((await series(service, 'http_requests_in_flight')) === 0);
  const over = stall(service);
  // By then the process is stopped.
  setTimeout(() => socket.write(body), 250);
  const answer = await readToEnd(socket);
  await over;
  expect(answer.status).toBe(201);
  expect([...fixture.s3.objects.keys()]).toEqual(['data/stalled-body']);
});
