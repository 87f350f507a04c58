import { once } from 'node:events';
import { heapOf } from '../helpers/heap';
import { pipeline } from '../helpers/raw-http';
import { type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import { deployedNodeOptions, type ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import { load, notStored, others, type Sent, tally, wait, within } from './support/load';
import { startNetwork } from './support/network';
import { tryFault } from './support/try-fault';

/** The service's telemetry under faults: the collectors behind a bad network, and a stdout that nobody reads. */

/** S3 and the caller run in this process. On a busy machine they are slow, which is not the tested fault. */
const PATIENT = {
  REQUEST_DEADLINE_MS: '90000',
  BODY_TIMEOUT_MS: '90000',
  HEADERS_TIMEOUT_MS: '90000',
  S3_ATTEMPT_TIMEOUT_MS: '30000',
};
/** A short flush: the collectors accept nothing at the end. */
const QUICK_END = { SHUTDOWN_FLUSH_MS: '300' };
/** With the other headers a little less than the service's limit of 16 KiB. */
const LONGEST_PATH = 16_000;

jest.setTimeout(120_000);

let fixture: ServiceFixture;
beforeEach(async () => {
  fixture = await startFixture(PATIENT);
});
afterEach(() => fixture.close());

it.each([
  { fault: dataPlane.slowCollectors, network: { delay: 200 }, requests: 300 },
  { fault: dataPlane.lossyCollectors, network: { cutEvery: 3, keepAlive: false }, requests: 300 },
])('$fault.id', ({ fault, network, requests }) =>
  tryFault(fault, async (note) => {
    await using between = await startNetwork(fixture.collector.tracesUrl, network);
    const service = await fixture.another({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${between.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${between.url}/otlp/v1/logs`,
    });
    const sent = await load(
      () => service,
      (count) => count >= requests,
    );
    const { spans, logs } = fixture.collector;
    const complete = () =>
      logs.filter(isRequest).length >= sent.length && spans.filter(({ kind }) => kind === 2).length >= sent.length;
    await within(
      30_000,
      fixture.collector.until(() => complete() || undefined),
    );
    const arrived = {
      logs: new Set(logs.filter(isRequest).map(({ traceId }) => traceId)).size,
      spans: new Set(spans.filter(({ kind }) => kind === 2).map(({ traceId }) => traceId)).size,
    };
    const lost = await droppedOf(service);
    const dropped = lost.logs + lost.traces;
    note(`${tally(sent)}, ${arrived.logs} log records and ${arrived.spans} server spans arrived`);
    return [
      ...notStored(sent, fixture.s3.objects),
      ...others(sent, [201]),
      ...(arrived.logs === sent.length ? [] : [`${arrived.logs} of ${sent.length} log records arrived`]),
      ...(arrived.spans === sent.length ? [] : [`${arrived.spans} of ${sent.length} server spans arrived`]),
      ...(dropped === 0 ? [] : [`${dropped} records were dropped`]),
    ];
  }),
);

it.each([
  { fault: dataPlane.goneCollectors, lose: () => fixture.collector.close() },
  {
    fault: dataPlane.hungCollectors,
    lose: async () => {
      fixture.collector.mode = 'hang';
    },
  },
])('$fault.id', ({ fault, lose }) =>
  tryFault(fault, async (note) => {
    const service = await fixture.another(QUICK_END);
    const during = (prefix: string) =>
      load(
        () => service,
        (count) => count >= 600,
        [],
        prefix,
      );
    await during('warm');
    const answered = await during('answered');
    await lose();
    const filling = await during('filling');
    // A queue holds 4,096 records and a batch of 512 under way, and each request has a log record and a span.
    await pipeline(service.port, paths(4_500, 10));
    const hung = [...filling, ...(await during('full'))];
    const [before, since] = [slowest(answered), slowest(hung)];
    const dropped = await droppedOf(service);
    note(
      `${tally(hung)}, ${before.toFixed(0)} ms at the 99th percentile while they answer, ${since.toFixed(0)} ms then; ${dropped.logs} log records and ${dropped.traces} spans dropped`,
    );
    return [
      ...notStored([...answered, ...hung], fixture.s3.objects),
      ...others([...answered, ...hung], [201]),
      ...(since <= 5 * before + 100
        ? []
        : [`${since.toFixed(0)} ms at the 99th percentile, ${before.toFixed(0)} before`]),
      ...(dropped.logs > 0 && dropped.traces > 0 ? [] : ['a queue was never full']),
    ];
  }),
);

it(dataPlane.longRecords.id, () =>
  tryFault(dataPlane.longRecords, async (note) => {
    const service = await fixture.another({
      ...QUICK_END,
      NODE_OPTIONS: `${deployedNodeOptions} --inspect=127.0.0.1:0`,
    });
    const heap = await heapOf(service.stderr);
    const used = async () => (await heap.used()) / 1024 / 1024;
    await pipeline(service.port, paths(2_000, 10));
    await fixture.collector.until(() => fixture.collector.logs.filter(isRequest).length >= 2_000 || undefined);
    const before = await used();
    fixture.collector.mode = 'hang';
    const sent = await pipeline(service.port, paths(5_500, LONGEST_PATH));
    const after = await used();
    heap.close();
    const dropped = await droppedOf(service);
    const statuses = await statusesOf(service);
    note(`${sent} requests of 16 KB each, heap ${before.toFixed(1)} MB before and ${after.toFixed(1)} MB after`);
    return [
      ...(statuses.get('404') === 2_000 + sent
        ? []
        : [`of ${2_000 + sent}: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`]),
      ...(dropped.logs > 0 && dropped.traces > 0 ? [] : ['a queue was never full']),
      ...(after - before <= 48 ? [] : [`${(after - before).toFixed(1)} MB of the heap more`]),
    ];
  }),
);

/** Requests of this length that end in 404: in turn a path, a path with a query, and a document with a query. */
function paths(requests: number, length: number): readonly string[] {
  return Array.from({ length: requests }, (_, index) => {
    const start = [`/${index}`, `/${index}?`, `/data/${index}?`][index % 3] ?? '';
    return `GET ${start.padEnd(length, 'x')}`;
  });
}

it(dataPlane.stdoutBlocked.id, () =>
  tryFault(dataPlane.stdoutBlocked, async (note) => {
    const { service } = fixture;
    const { stdout } = service.child;
    if (stdout === null) throw new Error('The service has no stdout here.');
    stdout.removeAllListeners('data');
    stdout.pause();
    const health: string[] = [];
    const sent: Sent[] = [];
    const began = Date.now();
    const running = load(
      () => service,
      // A few hundred kilobytes of lines: more than a pipe or a socket buffers.
      (count) => count >= 3_000 || Date.now() - began > 25_000,
      sent,
    );
    let over = false;
    const probing = (async () => {
      while (!over) {
        health.push(await probe(service));
        await wait(250);
      }
    })();
    const ended = (await within(30_000, running)) !== undefined;
    over = true;
    let text = '';
    stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    stdout.resume();
    await Promise.all([running, probing]);
    const again = await load(
      () => service,
      (count) => count >= 20,
      [],
      'again',
    );
    await wait(500);
    const lines = text.split('\n').slice(1, -1);
    const broken = lines.filter((line) => !isJson(line));
    const failed = health.filter((answer) => answer !== '200');
    note(`${tally(sent)}, ${health.length} probes, ${lines.length} lines were read late`);
    return [
      ...(ended ? [] : ['the requests did not end in 30 s']),
      ...notStored([...sent, ...again], fixture.s3.objects),
      ...others([...sent, ...again], [201]),
      ...(sent.length >= 1_000 ? [] : [`only ${sent.length} requests`]),
      ...(failed.length === 0 ? [] : [`/health answered ${[...new Set(failed)].join(', ')} ${failed.length} times`]),
      ...(broken.length === 0 ? [] : [`${broken.length} broken lines: ${broken[0]?.slice(0, 100)}`]),
      ...(lines.length > 0 ? [] : ['no line was read afterwards']),
    ];
  }),
);

it(dataPlane.stdoutClosed.id, () =>
  tryFault(dataPlane.stdoutClosed, async (note) => {
    const { service } = fixture;
    const exit = once(service.child, 'exit');
    service.child.stdout?.destroy();
    const sent = await load(
      () => service,
      (count) => count >= 300,
    );
    service.child.kill('SIGTERM');
    const [code, signal] = (await exit) as [number | null, string | null];
    const said = new Set(fixture.collector.logs.filter(isRequest).map(({ traceId }) => traceId)).size;
    note(`${tally(sent)}, ${said} log records by OTLP`);
    return [
      ...notStored(sent, fixture.s3.objects),
      ...others(sent, [201]),
      ...(code === 0 ? [] : [`exit code ${code ?? signal}`]),
      ...(said === sent.length ? [] : [`${said} of ${sent.length} log records by OTLP`]),
    ];
  }),
);

const isRequest = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) =>
  attributes['code'] === 'REQUEST_COMPLETED';

/** How many GET requests to /data/{key} and unknown paths had each status. */
async function statusesOf(service: ServiceProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, endpoint, status = '', count] of text.matchAll(
    /^http_requests_total\{method="GET",endpoint="([^"]+)",status="(\d+)"\} (\d+)$/gm,
  )) {
    if ((endpoint === 'unmatched' || endpoint === '/data/{key}') && Number(count) > 0)
      counts.set(status, (counts.get(status) ?? 0) + Number(count));
  }
  return counts;
}

async function droppedOf(service: ServiceProcess): Promise<Readonly<Record<'logs' | 'traces', number>>> {
  return {
    logs: await series(service, 'telemetry_dropped_total', { signal: 'logs' }),
    traces: await series(service, 'telemetry_dropped_total', { signal: 'traces' }),
  };
}

/** The 99th percentile, in milliseconds. */
function slowest(sent: readonly Sent[]): number {
  const times = sent.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
  return times[Math.ceil(times.length * 0.99) - 1] ?? 0;
}

async function probe(service: ServiceProcess): Promise<string> {
  return fetch(`${service.url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return String(response.status);
    },
    (error: Error) => error.name,
  );
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
