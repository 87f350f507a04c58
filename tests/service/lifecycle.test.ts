import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AS_DEPLOYED, type ServiceFixture, startFixture } from '../helpers/service-fixture';
import { runBundle } from '../helpers/service-process';

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.s3.reset();
  fixture.collector.reset();
});

describe('SIGTERM', () => {
  it('under load loses no request, flushes the telemetry of all of them, and ends with 0', async () => {
    // With the fixture's short limits a busy machine would count as a slow caller.
    const service = await fixture.another({ ...AS_DEPLOYED, SHUTDOWN_DELAY_MS: '3000' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    let answered = 0;
    let stopping = false;
    const failures: string[] = [];
    // As behind a load balancer: callers continue for a while after the signal, then stop.
    const caller = async (): Promise<void> => {
      for (let left = 5; left > 0; left -= stopping ? 1 : 0) {
        const request = http.get(`${service.url}/data/none`, { agent });
        try {
          const [response] = (await once(request, 'response')) as [http.IncomingMessage];
          response.resume();
          await once(response, 'end');
          if (response.statusCode !== 404) failures.push(String(response.statusCode));
          answered += 1;
        } catch (error) {
          failures.push(String(error));
        }
      }
    };
    const callers = Promise.all(Array.from({ length: 8 }, caller));
    await service.line(({ code }) => code === 'REQUEST_COMPLETED');
    void service
      .line(({ code }) => code === 'STOPPING')
      .then(() => {
        stopping = true;
      });
    const exit = service.stop();
    await callers;
    expect(failures).toEqual([]);
    expect(await exit).toBe(0);
    agent.destroy();
    expect(answered).toBeGreaterThanOrEqual(40);
    expect(service.lines.filter(({ code }) => code === 'REQUEST_COMPLETED')).toHaveLength(answered);
    expect(fixture.collector.spans.filter(({ kind }) => kind === 2)).toHaveLength(answered);
    expect(fixture.collector.logs.filter(({ body }) => body === 'request completed')).toHaveLength(answered);
    expect(service.lines.map(({ code }) => code).filter((code) => code.startsWith('STOP'))).toEqual([
      'STOPPING',
      'STOPPED',
    ]);
  });

  it('keeps serving while the load balancer deregisters it, is not ready, and asks callers to close', async () => {
    const service = await fixture.another({ SHUTDOWN_DELAY_MS: '60000' });
    service.child.kill('SIGTERM');
    await service.line(({ code }) => code === 'STOPPING');
    const health = await fetch(`${service.url}/health`);
    expect([health.status, health.headers.get('connection')]).toEqual([200, 'close']);
    expect((await fetch(`${service.url}/data/none`)).status).toBe(404);
    expect((await fetch(`${service.url}/ready`)).status).toBe(503);
    // A second signal ends it at once.
    service.child.kill('SIGTERM');
    expect(await service.stop()).toBe(1);
  });

  it('waits for a request no longer than its time-out', async () => {
    const service = await fixture.another({
      SHUTDOWN_DRAIN_MS: '200',
      S3_ATTEMPT_TIMEOUT_MS: '60000',
      REQUEST_DEADLINE_MS: '60000',
    });
    fixture.s3.fault = () => ({ kind: 'hang' });
    const held = fetch(`${service.url}/data/held`).catch(() => 'cut');
    while (fixture.s3.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await service.stop()).toBe(0);
    expect(await held).toBe('cut');
  });

  it('ends the process even when nothing reads its stdout', async () => {
    const service = await fixture.another(AS_DEPLOYED);
    const { stdout } = service.child;
    stdout?.removeAllListeners('data').pause();
    // A few hundred kilobytes of lines: more than a pipe or a socket buffers.
    for (let count = 0; count < 100; count += 1)
      await Promise.all(
        Array.from({ length: 10 }, () => fetch(`${service.url}/data/none`).then((r) => r.arrayBuffer())),
      );
    const exit = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    // Ends by itself, without process.exit(), which would wait for the thread that writes.
    expect(await exit).toEqual([null, 'SIGKILL']);
    stdout?.resume();
  });
});

describe('a start that cannot succeed', () => {
  it('because of its environment names everything that is wrong in one line, and exits with 1', async () => {
    const run = runBundle(fixture.bundle, {
      AWS_REGION: 'eu-central-1',
      PORT: 'many',
      FAULT_SWITCH: 'perhaps',
      AWS_ENDPOINT_URL: 'nowhere',
    });
    expect(await run.exited).toBe(1);
    expect(run.lines).toHaveLength(1);
    expect(run.lines[0]).toMatchObject({ level: 'error', code: 'START_FAILED', error: 'InvalidConfiguration' });
    for (const name of ['BUCKET_NAME', 'PORT', 'FAULT_SWITCH', 'AWS_ENDPOINT_URL'])
      expect(run.lines[0]?.message).toContain(name);
    expect(run.stderr.join('')).toBe('');
  });

  it('without credentials names where they can come from', async () => {
    const run = runBundle(fixture.bundle, { ...fixture.environment, AWS_ACCESS_KEY_ID: undefined });
    expect(await run.exited).toBe(1);
    expect(run.lines[0]?.message).toContain('AWS_CONTAINER_CREDENTIALS');
  });

  it.each(['PORT', 'METRICS_PORT'])(
    'because %s is in use logs that in one line, and exits with 1',
    async (variable) => {
      const holder = http.createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const run = runBundle(fixture.bundle, { ...fixture.environment, [variable]: String(port) });
      expect(await run.exited).toBe(1);
      expect(run.lines).toHaveLength(1);
      expect(run.lines[0]?.message).toContain(`EADDRINUSE`);
      expect(run.lines[0]?.message).toContain(String(port));
      holder.close();
    },
  );
});

describe('an uncaught error', () => {
  it.each([
    ['an exception', "setImmediate(() => { throw new Error('planted'); })", 'uncaught exception: the process exits'],
    ['a rejection', "Promise.reject(new Error('planted'))", 'unhandled rejection: the process exits'],
  ])('%s is logged, exported, and ends the process with 1', async (_what, source, message) => {
    const directory = mkdtempSync(join(tmpdir(), 'crash-'));
    const preload = join(directory, 'crash.cjs');
    writeFileSync(preload, `process.on('SIGUSR2', () => { ${source}; });`);
    const service = await fixture.another({ NODE_OPTIONS: `--require=${preload}` });
    service.child.kill('SIGUSR2');
    const line = await service.line(({ code }) => code === 'CRASHED');
    expect(line).toMatchObject({ level: 'error', message, error: 'planted' });
    expect(await service.stop()).toBe(1);
    expect(fixture.collector.logs.map(({ body }) => body)).toContain(message);
    rmSync(directory, { recursive: true });
  });
});

it('the bundle needs nothing else: it starts without node_modules', async () => {
  expect(fixture.bundle.file).not.toContain('node_modules');
  expect((await fetch(`${fixture.service.url}/health`)).status).toBe(200);
});
