import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { decodeWrite } from '../../local/engines/wire/remote-write';
import {
  type Engine,
  isHere,
  resolveKind,
  startEngine,
  startS3,
  until,
} from '../../local/tests/engines/contract/support/engine';
import { startAgent } from '../../local/tests/engines/contract/support/prometheus-agent';

/** The engines with their production configuration, killed and disconnected. */
const missing = (['loki', 's3', 'prometheus'] as const).filter((name) => !isHere(name));
if (missing.length > 0)
  process.stderr.write(`Not here: ${missing.join(', ')} (\`npm run backends\`). What needs them is skipped.\n`);
const withLoki = isHere('loki') && isHere('s3') ? describe : describe.skip;
const withPrometheus = isHere('prometheus') ? describe : describe.skip;

withLoki('Loki', () => {
  let s3: Awaited<ReturnType<typeof startS3>>;
  let loki: Engine;
  let client: S3Client;

  beforeAll(async () => {
    s3 = await startS3();
    client = new S3Client({
      endpoint: s3.url,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'contract', secretAccessKey: 'contract-secret' },
    });
    await client.send(new CreateBucketCommand({ Bucket: 'loki-faults' }));
    loki = await startEngine(await resolveKind('loki', 'real'), {
      ports: ['GRPC_PORT'],
      variables: {
        BUCKET_NAME: 'loki-faults',
        AWS_REGION: 'eu-west-1',
        S3_ENDPOINT: `127.0.0.1:${s3.ports['HTTP_PORT']}`,
        S3_INSECURE: 'true',
        S3_BUCKET_LOOKUP: 'path',
        RETENTION: '720h',
      },
      env: { ...s3.env, AWS_REGION: 'eu-west-1' },
      args: ({ configFile }) => [`-config.file=${configFile}`],
    });
  });
  afterAll(async () => {
    await loki.stop();
    await s3.stop();
  });

  async function send(line: string): Promise<number> {
    const record = { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), body: { stringValue: line } };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'faults' } }] };
    const response = await fetch(`${loki.url}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }),
    });
    return response.status;
  }
  async function lines(): Promise<string[]> {
    const query = new URLSearchParams({ query: '{service_name="faults"}', since: '15m', direction: 'forward' });
    const response = await fetch(`${loki.url}/loki/api/v1/query_range?${query}`);
    if (!response.ok) return [];
    const { data } = (await response.json()) as { data: { result: { values: [string, string][] }[] } };
    return data.result.flatMap(({ values }) => values.map(([, line]) => line));
  }

  it('has every line that it accepted before it was killed', async () => {
    const sent = Array.from({ length: 20 }, (_, index) => `before ${index}`);
    for (const line of sent) expect(await send(line)).toBe(204);
    await loki.stop('SIGKILL');
    await loki.restart();
    await until('the lines of the write-ahead log', async () => (await lines()).length >= sent.length);
    expect((await lines()).sort()).toEqual(sent.sort());
  });

  it('accepts and finds lines while S3 is away, and stores them when it is back', async () => {
    await s3.stop('SIGKILL');
    expect(await send('while S3 is away')).toBe(204);
    await until('the line', async () => (await lines()).includes('while S3 is away'));
    await s3.restart();
    const flushed = await fetch(`${loki.url}/flush`, { method: 'POST' });
    expect(flushed.status).toBe(204);
    await until('a chunk in the bucket', async () => {
      const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: 'loki-faults', Prefix: 'fake/' }));
      return KeyCount > 0;
    });
  });
});

withPrometheus('the Prometheus agent', () => {
  let target: Server;
  let store: Server;
  let agent: Engine;
  let storeIsAway = false;
  const stamps = new Set<number>();

  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  beforeAll(async () => {
    target = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('requests_total 1\n');
    });
    store = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (!storeIsAway) {
        const own = decodeWrite(Buffer.concat(chunks)).series.filter(
          ({ labels }) => labels['__name__'] === 'requests_total',
        );
        for (const { timestamp } of own.flatMap(({ samples }) => samples)) stamps.add(timestamp);
      }
      response.writeHead(storeIsAway ? 503 : 200).end();
    });
    const [metricsPort, storePort] = [await listen(target), await listen(store)];
    agent = await startAgent(await resolveKind('prometheus', 'real'), {
      metricsPort,
      remoteWriteUrl: `http://127.0.0.1:${storePort}/api/v1/remote_write`,
    });
  });
  afterAll(async () => {
    await agent.stop();
    for (const server of [target, store]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('keeps what it scraped while the store is away', async () => {
    await until('samples', async () => stamps.size >= 2);
    storeIsAway = true;
    const since = Date.now();
    await until('five seconds without the store', async () => Date.now() - since > 5_000);
    storeIsAway = false;
    await until(
      'samples from then',
      async () => [...stamps].filter((stamp) => stamp >= since && stamp < since + 5_000).length >= 4,
    );
  });

  it('leaves no gap longer than its restart when it is killed', async () => {
    await until('the newest sample to be fresh', async () => Date.now() - Math.max(...stamps) < 1_500);
    const killed = Date.now();
    await agent.stop('SIGKILL');
    await agent.restart();
    const ready = Date.now();
    await until('samples after the restart', async () => [...stamps].some((stamp) => stamp > ready));
    const [before, after] = [
      [...stamps].filter((stamp) => stamp <= killed),
      [...stamps].filter((stamp) => stamp > killed),
    ];
    // A restart also loses up to a second of unsent samples (prometheus.yaml) and the scrape under way, and waits up to
    // five seconds until the scrape manager gets its first targets (scrape/manager.go, DiscoveryReloadInterval).
    expect(Math.min(...after) - Math.max(...before)).toBeLessThan(ready - killed + 5_000 + 3_000);
  });
});
