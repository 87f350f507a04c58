import { once } from 'node:events';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { answeringServer } from '../helpers/answering-server';
import { startFaultyS3 } from '../helpers/s3-faults';
import { post, type ServiceFixture, startFixture } from '../helpers/service-fixture';
import { runBundle, type ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import { tryFault } from './support/try-fault';

/** The limits that the service is deployed with; the fixture's own are short. */
const production = {
  REQUEST_DEADLINE_MS: '10000',
  BODY_TIMEOUT_MS: '8000',
  HEADERS_TIMEOUT_MS: '8000',
  S3_ATTEMPT_TIMEOUT_MS: '3000',
};

let fixture: ServiceFixture;
beforeEach(async () => {
  fixture = await startFixture(production);
});
afterEach(() => fixture.close());

interface Sent {
  readonly key: string;
  /** 0: no answer at all. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly traced: boolean;
}

/** Eight callers at once, each the next request when it has its answer, until `isOver`. */
async function load(
  service: () => ServiceProcess,
  isOver: (sent: number) => boolean,
  sent: Sent[] = [],
): Promise<readonly Sent[]> {
  let count = 0;
  const caller = async () => {
    while (!isOver(sent.length)) {
      const key = `load/${count++}`;
      sent.push(await write(service(), key));
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return sent;
}

async function write(service: ServiceProcess, key: string): Promise<Sent> {
  try {
    const response = await post(service, JSON.stringify({ key, value: key }));
    const body = (await response.json()) as { readonly trace_id?: string };
    return {
      key,
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      traced: response.status === 201 || /^[0-9a-f]{32}$/.test(body.trace_id ?? ''),
    };
  } catch {
    // A caller that finds nobody waits a little, as any would.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { key, status: 0, retryAfter: null, traced: true };
  }
}

const lost = (sent: readonly Sent[], objects = fixture.s3.objects) => [
  ...sent.filter(({ status, key }) => status === 201 && !objects.has(`data/${key}`)).map(({ key }) => `${key} is lost`),
  ...sent.filter(({ traced }) => !traced).map(({ status }) => `a ${status} without a trace id`),
];
const others = (sent: readonly Sent[], allowed: readonly number[]) => [
  ...new Set(
    sent
      .map(({ status }) => status)
      .filter((status) => !allowed.includes(status))
      .map((status) => `answered ${status}`),
  ),
];
const tally = (sent: readonly Sent[]) => {
  const counts = new Map<number, number>();
  for (const { status } of sent) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} × ${status || 'no answer'}`).join(', ');
};
/** Resolves when so many requests have had their answer. */
async function count(answered: readonly Sent[], wanted: number): Promise<void> {
  while (answered.length < wanted) await after(5);
}
const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

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
    await after(1_000);
    fixture.service.child.kill('SIGCONT');
    await after(300);
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
    // The load balancer takes the target off its list while the service still takes requests.
    await after(250);
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
    await after(700);
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
    await after(2_000);
    const health = await fetch(`${fixture.service.url}/health`);
    fixture.s3.fault = () => undefined;
    await after(300);
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
  [dataPlane.tempoGone, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', undefined],
  [dataPlane.lokiPaused, 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'hang'],
] as const)('$0.id', (fault, variable, fail) =>
  tryFault(fault, async (note) => {
    const backend = fail && (await answeringServer(() => ({ fail })));
    const service = await fixture.another({ [variable]: backend ? `${backend.url}/v1` : 'http://127.0.0.1:1/v1' });
    const first = await load(
      () => service,
      (count) => count >= 1_000,
    );
    const before = await memory(service);
    const second = await load(
      () => service,
      (count) => count >= 2_000,
    );
    const grown = Math.round((await memory(service)) - before);
    await backend?.close();
    note(`${tally([...first, ...second])}, memory ${grown >= 0 ? '+' : ''}${grown} MB`);
    return [
      ...lost([...first, ...second]),
      ...others([...first, ...second], [201]),
      ...(grown < 64 ? [] : [`memory grew by ${grown} MB`]),
    ];
  }),
);

it(dataPlane.slowS3.id, () =>
  tryFault(dataPlane.slowS3, async (note) => {
    await using network = await startNetwork(fixture.s3.url, { delay: 200, cutEvery: 0 });
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
    await using network = await startNetwork(fixture.s3.url, { delay: 0, cutEvery: 5 });
    const service = await fixture.another({ AWS_ENDPOINT_URL: network.url });
    const sent = await load(
      () => service,
      (count) => count >= 200,
    );
    note(tally(sent));
    return [...lost(sent), ...others(sent, [201, 503, 504])];
  }),
);

it(dataPlane.portTaken.id, () =>
  tryFault(dataPlane.portTaken, async () => {
    const { port } = fixture.service;
    const run = runBundle(fixture.bundle, { ...fixture.environment, PORT: String(port) });
    const code = await run.exited;
    const text = JSON.stringify([run.lines, run.stderr]);
    const errors = run.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    return [
      ...(code === 1 ? [] : [`exit code ${code}`]),
      ...(text.includes(String(port)) ? [] : ['the port is not named']),
      ...(errors.length <= 1 ? [] : [`${errors.length} lines`]),
    ];
  }),
);

/** Resident memory of the service in megabytes, by its own metrics. */
async function memory(service: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(text)?.[1] ?? Number.NaN) / 1024 / 1024;
}

/** A TCP proxy that delays every piece of data, or cuts every nth connection at its first data. */
async function startNetwork(url: string, { delay, cutEvery }: { readonly delay: number; readonly cutEvery: number }) {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((near) => {
    const cut = cutEvery > 0 && ++count % cutEvery === 0;
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (data: Buffer) => {
        if (cut) return void from.destroy();
        setTimeout(() => to.writable && to.write(data), delay);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
