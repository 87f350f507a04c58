import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeWrite, type TimeSeries } from '../../../engines/wire/remote-write';
import { type Engine, kindsHere, resolveKind, startEngine, until } from './support/engine';
import { startAgent } from './support/prometheus-agent';

// A real Prometheus sends at least every five seconds.
jest.setTimeout(60_000);

/**
 * The features of Prometheus in agent mode that the stack uses (prometheus.io, "Configuration", remote write 1.0), for
 * the stand-in and a real Prometheus.
 */
const metrics = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="POST",endpoint="/data",status="201"} 7
http_requests_total{method="GET",endpoint="/data/{key}",status="200",note="a \\"b\\" \\\\ c\\nd"} 3
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf"} 4
http_request_duration_seconds_sum 0.25
http_request_duration_seconds_count 4
nodejs_version_info{version="v24",job="own"} 1
`;

interface Write {
  readonly headers: IncomingHttpHeaders;
  readonly series: readonly TimeSeries[];
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe.each(kindsHere('prometheus'))('Prometheus agent (%s)', (kind) => {
  let target: Server;
  let store: Server;
  let agent: Engine;
  const writes: Write[] = [];
  /** The store's next answers; 200 when the list is empty. */
  const answers: number[] = [];
  let body = metrics;

  beforeAll(async () => {
    target = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
    });
    store = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const status = answers.shift() ?? 200;
      if (status === 200) writes.push({ headers: request.headers, series: decodeWrite(Buffer.concat(chunks)).series });
      response.writeHead(status).end();
    });
    const [metricsPort, storePort] = [await listen(target), await listen(store)];
    agent = await startAgent(await resolveKind('prometheus', kind), {
      metricsPort,
      remoteWriteUrl: `http://127.0.0.1:${storePort}/workspaces/ws-1/api/v1/remote_write`,
      sampleLimit: 100,
    });
  }, 60_000);

  afterAll(async () => {
    await agent.stop();
    target.closeAllConnections();
    target.close();
    store.closeAllConnections();
    store.close();
  });

  const find = (labels: Record<string, string>): TimeSeries | undefined =>
    writes
      .flatMap(({ series }) => series)
      .find((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value));
  const latest = (labels: Record<string, string>): number | undefined =>
    writes
      .flatMap(({ series }) => series)
      .filter((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value))
      .at(-1)?.samples[0]?.value;

  it('writes the scraped samples with the labels job, instance, stage and task', async () => {
    const found = await until('the counter', async () => find({ __name__: 'http_requests_total', status: '201' }));
    expect(found.labels).toEqual({
      __name__: 'http_requests_total',
      method: 'POST',
      endpoint: '/data',
      status: '201',
      job: 'data-processor',
      instance: expect.stringMatching(/^localhost:\d+$/),
      stage: 'test',
      task: '0123abcd',
    });
    expect(found.samples[0]?.value).toBe(7);
    expect(Math.abs(Date.now() - (found.samples[0]?.timestamp ?? 0))).toBeLessThan(60_000);
  });

  it('unescapes label values, keeps +Inf, and renames a label that collides', async () => {
    await until('all', async () => find({ __name__: 'nodejs_version_info' }));
    expect(find({ __name__: 'http_requests_total', status: '200' })?.labels['note']).toBe('a "b" \\ c\nd');
    expect(find({ __name__: 'http_request_duration_seconds_bucket', le: '+Inf' })?.samples[0]?.value).toBe(4);
    expect(find({ __name__: 'nodejs_version_info' })?.labels).toMatchObject({
      job: 'data-processor',
      exported_job: 'own',
    });
  });

  it('reports a target that is up and one that is down', async () => {
    expect(await until('up', async () => find({ __name__: 'up', job: 'data-processor' }))).toMatchObject({
      samples: [{ value: 1 }],
    });
    expect(await until('down', async () => find({ __name__: 'up', job: 'loki' }))).toMatchObject({
      samples: [{ value: 0 }],
    });
  });

  it('takes nothing of a scrape with more samples than its limit, and goes on with the next', async () => {
    const ups = () =>
      writes
        .flatMap(({ series }) => series)
        .filter(({ labels }) => labels['__name__'] === 'up' && labels['job'] === 'data-processor')
        .flatMap(({ samples }) => samples.map(({ value }) => value));
    const chatty = Array.from({ length: 101 }, (_, index) => `chatty_total{id="${index}"} 1\n`).join('');
    body = `# TYPE chatty_total counter\n${chatty}`;
    await until('a refused scrape', async () => ups().includes(0) || undefined);
    expect(find({ __name__: 'chatty_total' })).toBeUndefined();
    body = metrics;
    const before = ups().length;
    await until('a good scrape again', async () => ups().slice(before).includes(1) || undefined);
  });

  it('signs every write for Amazon Managed Prometheus', async () => {
    const { headers } = await until('a write', async () => writes[0]);
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/aps\/aws4_request, ?SignedHeaders=.*host.*, ?Signature=[0-9a-f]{64}$/,
    );
    expect(headers).toMatchObject({ 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' });
    expect(headers['content-type']).toMatch(/^application\/x-protobuf/);
  });

  it('retries a write that the store could not take, and loses nothing', async () => {
    body = metrics.replace('} 7', '} 8');
    answers.push(503, 503);
    await until('the new value', async () => latest({ __name__: 'http_requests_total', status: '201' }) === 8);
    expect(answers).toEqual([]);
    const stamps = writes
      .flatMap(({ series }) => series)
      .filter(({ labels }) => labels['__name__'] === 'http_requests_total' && labels['status'] === '201')
      .flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp));
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    expect(Math.max(...stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0)))).toBeLessThan(3_000);
  });

  it('continues after a refused write', async () => {
    answers.push(400);
    await until('the refusal', async () => answers.length === 0);
    const before = writes.length;
    await until('another write', async () => writes.length > before);
  });

  it('has its own metrics for the stack health dashboard', async () => {
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    for (const name of [
      'prometheus_build_info',
      'prometheus_remote_storage_samples_total',
      'prometheus_remote_storage_samples_pending',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
    }
  });
});

describe('a start is refused with', () => {
  it.each(kindsHere('prometheus'))('an unknown key in its configuration (%s)', async (kind) => {
    const backend = await resolveKind('prometheus', kind);
    const variables = {
      METRICS_PORT: '1',
      PROMETHEUS_PORT: '9',
      SCRAPE_INTERVAL: '1s\n    no_such_key: 1',
      LOKI_ADDRESS: 'x',
      TEMPO_ADDRESS: 'x',
      STAGE: 'x',
      REMOTE_WRITE_URL: 'http://x',
      AWS_REGION: 'x',
      TASK_ID: 'x',
    };
    await expect(
      startEngine(backend, {
        variables,
        args: ({ configFile, directory }) => [
          '--agent',
          `--config.file=${configFile}`,
          `--storage.agent.path=${directory}/data`,
        ],
      }),
    ).rejects.toThrow(/no_such_key/);
  });
});
