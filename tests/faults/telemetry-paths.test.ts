import { once } from 'node:events';
import { type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import type { ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import { load, notStored, others, type Sent, tally, wait } from './support/load';
import { startNetwork } from './support/network';
import { tryFault } from './support/try-fault';

/** What the service says of itself, on its way out: the collectors behind a bad network, and a stdout that nobody reads. */
let fixture: ServiceFixture;
beforeEach(async () => {
  fixture = await startFixture();
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
    await Promise.race([fixture.collector.until(() => (complete() ? true : undefined)), wait(30_000)]);
    const arrived = {
      logs: new Set(logs.filter(isRequest).map(({ traceId }) => traceId)).size,
      spans: new Set(spans.filter(({ kind }) => kind === 2).map(({ traceId }) => traceId)).size,
    };
    const dropped = await droppedBy(service);
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
      // Some hundred kilobytes of lines: more than a pipe or a socket holds.
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
    const ended = await Promise.race([running.then(() => true), wait(30_000).then(() => false)]);
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

async function droppedBy(service: ServiceProcess): Promise<number> {
  const [logs, traces] = await Promise.all(
    ['logs', 'traces'].map((signal) => series(service, 'telemetry_dropped_total', { signal })),
  );
  return (logs ?? 0) + (traces ?? 0);
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
