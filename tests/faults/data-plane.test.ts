import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { answeringServer } from '../helpers/answering-server';
import { heapOf } from '../helpers/heap';
import { startFaultyS3 } from '../helpers/s3-faults';
import { AS_DEPLOYED, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import { deployedNodeOptions, runBundle, type ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import { count, load, notStored, others, type Sent, tally, wait } from './support/load';
import { startNetwork } from './support/network';
import { tryFault } from './support/try-fault';

let fixture: ServiceFixture;
beforeEach(async () => {
  fixture = await startFixture(AS_DEPLOYED);
});
afterEach(() => fixture.close());

const lost = (sent: readonly Sent[], objects = fixture.s3.objects) => notStored(sent, objects);

it(dataPlane.serviceKilled.id, () =>
  tryFault(dataPlane.serviceKilled, async (note) => {
    let service = fixture.service;
    let target = Number.POSITIVE_INFINITY;
    const answered: Sent[] = [];
    const running = load(
      () => service,
      (sent) => sent >= target,
      answered,
    );
    await count(answered, 50);
    service.child.kill('SIGKILL');
    await once(service.child, 'exit');
    service = await fixture.another();
    target = 0;
    const sent = await running;
    const again = await load(
      () => service,
      (count) => count >= 50,
    );
    note(tally(sent));
    return [...lost([...sent, ...again]), ...others(again, [201])];
  }),
);

it(dataPlane.servicePaused.id, () =>
  tryFault(dataPlane.servicePaused, async (note) => {
    let over = false;
    const answered: Sent[] = [];
    const running = load(
      () => fixture.service,
      () => over,
      answered,
    );
    await count(answered, 50);
    fixture.service.child.kill('SIGSTOP');
    await wait(1_000);
    fixture.service.child.kill('SIGCONT');
    await wait(300);
    over = true;
    const sent = await running;
    note(tally(sent));
    return [...lost(sent), ...others(sent, [201])];
  }),
);

it(dataPlane.serviceStopped.id, () =>
  tryFault(dataPlane.serviceStopped, async (note) => {
    const service = await fixture.another({ SHUTDOWN_DELAY_MS: '500' });
    let stopped = false;
    const answered: Sent[] = [];
    const running = load(
      () => service,
      () => stopped,
      answered,
    );
    await count(answered, 50);
    const exit = once(service.child, 'exit');
    service.child.kill('SIGTERM');
    // The load balancer deregisters the target while the service still accepts requests.
    await wait(250);
    stopped = true;
    const sent = await running;
    const [code] = (await exit) as [number | null];
    note(tally(sent));
    return [...lost(sent), ...others(sent, [201]), ...(code === 0 ? [] : [`exit code ${code}`])];
  }),
);

it(dataPlane.s3Gone.id, () =>
  tryFault(dataPlane.s3Gone, async (note) => {
    const port = Number(new URL(fixture.s3.url).port);
    let over = false;
    const answered: Sent[] = [];
    const running = load(
      () => fixture.service,
      () => over,
      answered,
    );
    await count(answered, 50);
    await fixture.s3.close();
    await wait(700);
    const health = await fetch(`${fixture.service.url}/health`);
    const back = await startFaultyS3({ port });
    over = true;
    const sent = await running;
    const again = await load(
      () => fixture.service,
      (count) => count >= 50,
    );
    const objects = new Map([...fixture.s3.objects, ...back.objects]);
    await back.close();
    note(tally(sent));
    return [
      ...lost([...sent, ...again], objects),
      ...others(sent, [201, 503]),
      ...others(again, [201]),
      ...sent
        .filter(({ status, retryAfter }) => status === 503 && retryAfter === null)
        .map(() => '503 without Retry-After'),
      ...(health.status === 200 ? [] : [`/health answered ${health.status}`]),
    ];
  }),
);

it(dataPlane.s3Paused.id, () =>
  tryFault(dataPlane.s3Paused, async (note) => {
    let over = false;
    const answered: Sent[] = [];
    const running = load(
      () => fixture.service,
      () => over,
      answered,
    );
    await count(answered, 50);
    fixture.s3.fault = () => ({ kind: 'hang' });
    await wait(2_000);
    const health = await fetch(`${fixture.service.url}/health`);
    fixture.s3.fault = () => undefined;
    await wait(300);
    over = true;
    const sent = await running;
    const again = await load(
      () => fixture.service,
      (count) => count >= 50,
    );
    note(tally(sent));
    return [
      ...lost([...sent, ...again]),
      ...others(sent, [201, 503, 504]),
      ...others(again, [201]),
      ...(health.status === 200 ? [] : [`/health answered ${health.status}`]),
    ];
  }),
);

it.each([
  {
    fault: dataPlane.tempoGone,
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    signal: 'traces',
    each: 2_000,
    fail: undefined,
  },
  {
    fault: dataPlane.lokiPaused,
    variable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    signal: 'logs',
    each: 5_000,
    fail: 'hang',
  },
] as const)(
  '$fault.id',
  ({ fault, variable, signal, each, fail }) =>
    tryFault(fault, async (note) => {
      const backend = fail && (await answeringServer(() => ({ fail })));
      const service = await fixture.another({
        [variable]: backend ? `${backend.url}/v1` : 'http://127.0.0.1:1/v1',
        NODE_OPTIONS: `${deployedNodeOptions} --inspect=127.0.0.1:0`,
      });
      const heap = await heapOf(service.stderr);
      const used: number[] = [];
      const resident: number[] = [];
      const sent: Sent[] = [];
      // A queue holds 4,096 records and one batch under way, and a request has one log record and several spans: the
      // first load fills the queue, the others find it full.
      for (const until of [each, 2 * each, 3 * each]) {
        await load(
          () => service,
          (count) => count >= until,
          sent,
        );
        resident.push(memory(service));
        used.push((await heap.used()) / 1024 / 1024);
      }
      heap.close();
      const dropped = await series(service, 'telemetry_dropped_total', { signal });
      await backend?.close();
      const grown = used.slice(1).map((size, index) => size - (used[index] ?? 0));
      const most = Math.max(...resident);
      note(
        `${tally(sent)}, ${dropped} records dropped, resident ${most.toFixed(0)} MB at most, heap ${used.map((size) => size.toFixed(1)).join(', ')} MB after each load, with the deployed flags`,
      );
      return [
        ...lost(sent),
        ...others(sent, [201]),
        ...(dropped > 0 ? [] : ['the queue was never full']),
        ...(most < 384 ? [] : [`${most.toFixed(0)} MB are resident`]),
        ...grown
          .filter((size) => size >= 8)
          .map((size) => `the heap grew by ${size.toFixed(1)} MB once the queue was full`),
      ];
    }),
  240_000,
);

it(dataPlane.slowS3.id, () =>
  tryFault(dataPlane.slowS3, async (note) => {
    await using network = await startNetwork(fixture.s3.url, { delay: 200 });
    const service = await fixture.another({ AWS_ENDPOINT_URL: network.url, S3_ATTEMPT_TIMEOUT_MS: '3000' });
    const sent = await load(
      () => service,
      (count) => count >= 40,
    );
    note(tally(sent));
    return [...lost(sent), ...others(sent, [201])];
  }),
);

it(dataPlane.lossyS3.id, () =>
  tryFault(dataPlane.lossyS3, async (note) => {
    await using network = await startNetwork(fixture.s3.url, { cutEvery: 5 });
    const service = await fixture.another({ AWS_ENDPOINT_URL: network.url });
    const sent = await load(
      () => service,
      (count) => count >= 200,
    );
    note(tally(sent));
    return [...lost(sent), ...others(sent, [201, 503, 504])];
  }),
);

it.each([
  { fault: dataPlane.portTaken, variable: 'PORT', taken: () => fixture.service.url },
  { fault: dataPlane.metricsPortTaken, variable: 'METRICS_PORT', taken: () => fixture.service.metricsUrl },
])('$fault.id', ({ fault, variable, taken }) =>
  tryFault(fault, async () => {
    const { port } = new URL(taken());
    const run = runBundle(fixture.bundle, { ...fixture.environment, [variable]: port });
    const code = await run.exited;
    const text = JSON.stringify([run.lines, run.stderr]);
    const errors = run.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    return [
      ...(code === 1 ? [] : [`exit code ${code}`]),
      ...(text.includes(port) ? [] : ['the port is not named']),
      ...(errors.length <= 1 ? [] : [`${errors.length} lines`]),
    ];
  }),
);

/** Resident memory of the service in megabytes, from the kernel. */
function memory({ child }: ServiceProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
