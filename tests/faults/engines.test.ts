import { GetObjectCommand } from '@aws-sdk/client-s3';
import { type Engine, until } from '../../local/tests/engines/contract/support/engine';
import { AS_DEPLOYED, type ServiceFixture, series, startFixture } from '../helpers/service-fixture';
import type { ServiceProcess } from '../helpers/service-process';
import { dataPlane } from './expected/data-plane';
import {
  REGION,
  realS3,
  resolveEngine,
  s3Client,
  startAgent,
  startLoki,
  startStore,
  startTempo,
} from './support/engines';
import { count, load, notStored, others, type Sent, tally, wait } from './support/load';
import { smallDisk } from './support/small-disk';
import { tryFault } from './support/try-fault';

/**
 * The engines around the service, each killed, paused and out of disk under load. Real engines where this machine has
 * them.
 */
jest.setTimeout(180_000);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture(AS_DEPLOYED);
});
afterAll(() => fixture.close());

/**
 * Requests a second while an engine is away. "None is dropped" holds within the service's queues
 * (service/telemetry/batch-queue.ts: 4,096 records of a signal), and a request makes four spans. At this rate they hold
 * ten seconds, longer than any fault here, at any machine speed. data-plane.test.ts and telemetry-paths.test.ts test
 * full queues.
 */
const PER_SECOND = 100;

/** Sends requests before, during and after `fault`. */
async function loadDuring(service: ServiceProcess, prefix: string, fault: () => Promise<unknown>) {
  let over = false;
  const sent: Sent[] = [];
  const running = load(
    () => service,
    () => over,
    sent,
    prefix,
    PER_SECOND,
  );
  await count(sent, 30);
  const before = sent.length;
  await fault();
  await wait(300);
  over = true;
  await running;
  const again = await load(
    () => service,
    (done) => done >= 50,
    [],
    `${prefix}-again`,
  );
  return { sent, again, before };
}

describe('S3', () => {
  it.each([
    { fault: dataPlane.s3Killed, effect: 'kill' },
    { fault: dataPlane.s3Stopped, effect: 'pause' },
  ])('$fault.id', async ({ fault, effect }) => {
    const s3 = await realS3('documents');
    if (s3 === undefined) return;
    try {
      await tryFault(fault, async (note) => {
        const service = await fixture.another({
          ...s3.env,
          AWS_REGION: REGION,
          AWS_ENDPOINT_URL: s3.url,
          BUCKET_NAME: 'documents',
        });
        const health: number[] = [];
        const { sent, again } = await loadDuring(service, effect, async () => {
          if (effect === 'pause') {
            const paused = s3.pause(2_000);
            health.push((await fetch(`${service.url}/health`)).status);
            return paused;
          }
          await s3.stop('SIGKILL');
          await wait(700);
          health.push((await fetch(`${service.url}/health`)).status);
          return s3.restart();
        });
        const client = s3Client(s3);
        const stored = new Set<string>();
        for (const { key, status } of [...sent, ...again]) {
          if (status !== 201) continue;
          const object = await client
            .send(new GetObjectCommand({ Bucket: 'documents', Key: `data/${key}` }))
            .catch(() => undefined);
          const body = await object?.Body?.transformToString();
          if (body === JSON.stringify({ key, value: key })) stored.add(`data/${key}`);
        }
        client.destroy();
        note(`real versitygw, ${tally(sent)}`);
        return [
          ...notStored([...sent, ...again], stored),
          ...others(sent, effect === 'pause' ? [201, 503, 504] : [201, 503]),
          ...others(again, [201]),
          ...sent
            .filter(({ status, retryAfter }) => status === 503 && retryAfter === null)
            .map(() => '503 without Retry-After'),
          ...health.filter((status) => status !== 200).map((status) => `/health answered ${status}`),
        ];
      });
    } finally {
      await s3.stop();
    }
  });
});

describe('Loki', () => {
  let s3: Awaited<ReturnType<typeof realS3>>;
  let label: string;
  let withStore: boolean;
  beforeAll(async () => {
    s3 = await realS3('chunks');
    withStore = s3 !== undefined;
    ({ label } = await resolveEngine('loki'));
  });
  afterAll(() => s3?.stop());

  it.each([
    { fault: dataPlane.lokiKilled, effect: 'kill' },
    { fault: dataPlane.lokiStopped, effect: 'pause' },
  ])('$fault.id', async ({ fault, effect }) => {
    const loki = await startLoki(s3);
    try {
      await tryFault(fault, async (note) => {
        const service = await fixture.another({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${loki.url}/otlp/v1/logs` });
        let from = 0;
        const { sent, again } = await loadDuring(service, `loki-${effect}`, async () => {
          if (effect === 'pause') return loki.pause(2_000);
          await loki.stop('SIGKILL');
          from = service.lines.length;
          await wait(1_000);
          return loki.restart();
        });
        const said = completed(service, from);
        await until(
          'every line',
          async () => (await tracesInLoki(loki)).filter((id) => said.has(id)).length >= said.size,
          60_000,
        ).catch(() => undefined);
        const found = (await tracesInLoki(loki)).filter((id) => said.has(id));
        const dropped = await series(service, 'telemetry_dropped_total', { signal: 'logs' });
        note(`${label}, ${tally(sent)}, ${found.length} of ${said.size} lines found`);
        return [
          ...others([...sent, ...again], [201]),
          ...notStored([...sent, ...again], fixture.s3.objects),
          ...(new Set(found).size === said.size ? [] : [`${new Set(found).size} of ${said.size} lines were found`]),
          ...(found.length === new Set(found).size
            ? []
            : [`${found.length - new Set(found).size} lines were found twice`]),
          ...(dropped === 0 ? [] : [`${dropped} records were dropped`]),
        ];
      });
    } finally {
      await loki.stop();
    }
  });

  it(dataPlane.diskFullLoki.id, async () => {
    if (!withStore || (await resolveEngine('loki')).kind === 'stand-in') {
      process.stderr.write(
        'No real Loki and S3 here (`npm run backends`): a stand-in writes to no disk, a full one is not tried.\n',
      );
      return;
    }
    const disk = smallDisk(24);
    if (disk === undefined) return;
    const loki = await startLoki(s3, disk.directory);
    try {
      await tryFault(dataPlane.diskFullLoki, async (note) => {
        const service = await fixture.another({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${loki.url}/otlp/v1/logs` });
        const { sent, again } = await loadDuring(service, 'loki-disk', async () => {
          disk.fill();
          await untilFull(loki);
          disk.free();
        });
        const added = await load(
          () => service,
          (done) => done >= 50,
          [],
          'loki-disk-after',
        );
        const newest = [...completed(service, service.lines.length - 50)];
        const took = () =>
          until(
            'the newest lines',
            async () => {
              const found = new Set(await tracesInLoki(loki));
              return newest.every((id) => found.has(id));
            },
            20_000,
          ).then(
            () => true,
            () => false,
          );
        let how = 'by itself';
        let takes = await took();
        if (!takes) {
          how = 'after a restart';
          await loki.stop('SIGKILL');
          await loki.restart();
          takes = await took();
        }
        note(`${label}, ${tally(sent)}, it took lines again ${how}`);
        return [
          ...others([...sent, ...again, ...added], [201]),
          ...(ranOutOfDisk(loki) ? [] : ['Loki has met no full disk']),
          ...(takes ? [] : ['Loki takes no lines again']),
        ];
      });
    } finally {
      await loki.stop();
      disk.remove();
    }
  });
});

describe('Tempo', () => {
  it.each([
    { fault: dataPlane.tempoKilled, effect: 'kill' },
    { fault: dataPlane.tempoStopped, effect: 'pause' },
  ])('$fault.id', async ({ fault, effect }) => {
    const { label } = await resolveEngine('tempo');
    const tempo = await startTempo();
    try {
      await tryFault(fault, async (note) => {
        const service = await fixture.another({
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${tempo.ports['OTLP_PORT']}/v1/traces`,
        });
        let from = 0;
        const { sent, again } = await loadDuring(service, `tempo-${effect}`, async () => {
          if (effect === 'pause') return tempo.pause(2_000);
          await tempo.stop('SIGKILL');
          from = service.lines.length;
          await wait(1_000);
          return tempo.restart();
        });
        const made = [...completed(service, from)];
        const missing = new Set(made);
        await until(
          'every trace',
          async () => {
            for (const id of missing) if ((await fetch(`${tempo.url}/api/traces/${id}`)).ok) missing.delete(id);
            return missing.size === 0;
          },
          30_000,
        ).catch(() => undefined);
        const dropped = await series(service, 'telemetry_dropped_total', { signal: 'traces' });
        note(`${label}, ${tally(sent)}, ${made.length - missing.size} of ${made.length} traces found`);
        return [
          ...others([...sent, ...again], [201]),
          ...notStored([...sent, ...again], fixture.s3.objects),
          ...(missing.size === 0 ? [] : [`${missing.size} of ${made.length} traces were not found`]),
          ...(dropped === 0 ? [] : [`${dropped} spans were dropped`]),
        ];
      });
    } finally {
      await tempo.stop();
    }
  });
});

describe('the Prometheus agent', () => {
  it.each([
    { fault: dataPlane.prometheusKilled, effect: 'kill' },
    { fault: dataPlane.prometheusStopped, effect: 'pause' },
    { fault: dataPlane.diskFullPrometheus, effect: 'disk full' },
  ])('$fault.id', async ({ fault, effect }) => {
    const { label, kind } = await resolveEngine('prometheus');
    if (effect === 'disk full' && kind === 'stand-in') {
      process.stderr.write(
        'No real Prometheus here (`npm run backends`): the stand-in writes to no disk, a full one is not tried.\n',
      );
      return;
    }
    const disk = effect === 'disk full' ? smallDisk(8) : undefined;
    if (effect === 'disk full' && disk === undefined) return;
    await using store = await startStore();
    const service = await fixture.another();
    const agent = await startAgent(service.metricsUrl, store.url, disk?.directory);
    try {
      await tryFault(fault, async (note) => {
        const { sent, again } = await loadDuring(service, `prometheus-${effect.replace(' ', '-')}`, async () => {
          await until('a first sample', async () => store.seen.posted > 0);
          if (effect === 'pause') return agent.pause(2_000);
          if (disk !== undefined) {
            disk.fill();
            await untilFull(agent);
            return disk.free();
          }
          await agent.stop('SIGKILL');
          await wait(1_000);
          return agent.restart();
        });
        const stored = [...sent, ...again].filter(({ status }) => status === 201).length;
        const arrives = () =>
          until('the last count', async () => store.seen.posted === stored, 20_000).then(
            () => true,
            () => false,
          );
        let how = 'by itself';
        let arrived = await arrives();
        if (!arrived && disk !== undefined) {
          how = 'after a restart';
          await agent.stop('SIGKILL');
          await agent.restart();
          arrived = await arrives();
        }
        note(`${label}, ${tally(sent)}, the store says ${store.seen.posted} of ${stored}${disk ? ` ${how}` : ''}`);
        return [
          ...others([...sent, ...again], [201]),
          ...notStored([...sent, ...again], fixture.s3.objects),
          ...(disk === undefined || ranOutOfDisk(agent) ? [] : ['the agent has met no full disk']),
          ...(arrived ? [] : [`the store says ${store.seen.posted} of ${stored}`]),
        ];
      });
    } finally {
      await agent.stop();
      disk?.remove();
    }
  });
});

/** Trace ids of the requests that the service has logged since its line number `from`. */
function completed({ lines }: ServiceProcess, from: number): ReadonlySet<string> {
  return new Set(lines.slice(from).flatMap((line) => (line.code === 'REQUEST_COMPLETED' ? [line.trace_id ?? ''] : [])));
}

/**
 * The engine's log may have space left in its last page, so the disk stays full until the engine reports it, or for 30
 * s.
 */
const untilFull = (engine: Engine) =>
  until('the engine meets the full disk', async () => ranOutOfDisk(engine), 30_000).catch(() => undefined);
/**
 * Loki's message for a full disk ("Error writing to WAL, disk full, no further messages will be logged for this
 * error").
 */
const ranOutOfDisk = (engine: Engine) => /no space left on device|disk full/i.test(engine.log());

/** Maximum lines of one response: Loki's default `max_entries_limit_per_query`. */
const LINES_OF_ANSWER = 5_000;

/** The trace id of every completed request in Loki, duplicates included. */
const tracesInLoki = (loki: Engine) => tracesBetween(loki, Date.now() - 15 * 60_000, Date.now() + 60_000);

/**
 * Those from `start` (inclusive) to `end` (exclusive), in milliseconds. A response at the limit may be incomplete, so
 * each half of the range is queried again.
 */
async function tracesBetween(loki: Engine, start: number, end: number): Promise<readonly string[]> {
  const query = new URLSearchParams({
    query: '{service_name="data-processor-service"} | code="REQUEST_COMPLETED"',
    start: `${start}000000`,
    end: `${end}000000`,
    limit: String(LINES_OF_ANSWER),
    direction: 'backward',
  });
  const response = await fetch(`${loki.url}/loki/api/v1/query_range?${query}`);
  if (!response.ok) return [];
  const { data } = (await response.json()) as {
    data: { result: { stream: Record<string, string>; values: unknown[] }[] };
  };
  const traces = data.result.flatMap(({ stream, values }) => values.map(() => stream['trace_id'] ?? ''));
  if (traces.length < LINES_OF_ANSWER) return traces;
  if (end - start < 2) throw new Error(`Loki has ${LINES_OF_ANSWER} lines or more in one millisecond, ${start}.`);
  const middle = Math.floor((start + end) / 2);
  return [...(await tracesBetween(loki, start, middle)), ...(await tracesBetween(loki, middle, end))];
}
