import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { TesterCallsFailed } from '../../functions/domain/errors';
import { testService } from '../../functions/tester/tester';
import {
  type Engine,
  isHere,
  resolveKind,
  startEngine,
  startS3,
  until,
} from '../../local/tests/engines/contract/support/engine';
import { type Bundle, buildBundle, type LogLine, type ServiceProcess, startService } from '../helpers/service-process';

/** The built service between a real S3 and a real Loki, with the tester running, while one of them is away. */
const missing = (['loki', 's3'] as const).filter((name) => !isHere(name));
if (missing.length > 0)
  process.stderr.write(`Not here: ${missing.join(', ')} (\`npm run backends\`). The service is not tried without.\n`);
const withEngines = missing.length === 0 ? describe : describe.skip;

const REGION = 'eu-west-1';
const DOCUMENTS = 'service-faults-documents';
const CHUNKS = 'service-faults-loki';

withEngines('the service, while the tester runs', () => {
  let s3: Awaited<ReturnType<typeof startS3>>;
  let loki: Engine;
  let bundle: Bundle;
  let service: ServiceProcess;

  beforeAll(async () => {
    [s3, bundle] = await Promise.all([startS3(), buildBundle()]);
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = s3.env;
    const client = new S3Client({
      endpoint: s3.url,
      region: REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    });
    for (const Bucket of [DOCUMENTS, CHUNKS]) await client.send(new CreateBucketCommand({ Bucket }));
    client.destroy();
    loki = await startEngine(await resolveKind('loki', 'real'), {
      ports: ['GRPC_PORT'],
      variables: {
        BUCKET_NAME: CHUNKS,
        AWS_REGION: REGION,
        S3_ENDPOINT: `127.0.0.1:${s3.ports['HTTP_PORT']}`,
        S3_INSECURE: 'true',
        S3_BUCKET_LOOKUP: 'path',
        RETENTION: '720h',
      },
      env: { ...s3.env, AWS_REGION: REGION },
      args: ({ configFile }) => [`-config.file=${configFile}`],
    });
    service = await startService(bundle, {
      ...s3.env,
      BUCKET_NAME: DOCUMENTS,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: s3.url,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${loki.url}/otlp/v1/logs`,
    });
  });
  afterAll(async () => {
    await service.stop();
    await loki.stop();
    await s3.stop();
    bundle.remove();
  });

  /** Runs the tester in a loop until `done`. Returns the result of each run. */
  async function runTesterUntil(done: () => boolean): Promise<readonly (Error | 'passed')[]> {
    const ends: (Error | 'passed')[] = [];
    while (!done()) {
      const run = `faults-${Date.now()}`;
      ends.push(
        await testService(
          { run },
          {
            serviceUrl: service.url,
            now: () => new Date(),
            timeout: 15_000,
            stack: 'stack',
            stage: 'test',
            send: async () => undefined,
            record: () => undefined,
            log: () => undefined,
          },
        ).then(
          () => 'passed' as const,
          (error: Error) => error,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return ends;
  }

  /** Identifies a record, the same on stdout and in Loki. */
  const identity = (fields: Readonly<Record<string, unknown>>): string =>
    ['code', 'trace_id', 'span_id', 'endpoint', 'status'].map((name) => `${name}=${fields[name] ?? ''}`).join(' ');

  async function inLoki(): Promise<readonly string[]> {
    const query = new URLSearchParams({
      query: '{service_name="data-processor-service"}',
      since: '30m',
      limit: '5000',
      direction: 'forward',
    });
    const response = await fetch(`${loki.url}/loki/api/v1/query_range?${query}`);
    if (!response.ok) return [];
    const { data } = (await response.json()) as {
      data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
    };
    return data.result.flatMap(({ stream, values }) => values.map(() => identity(stream)));
  }

  /**
   * Waits until Loki has every record that the service has logged so far, once each, and no record counts as dropped.
   */
  async function expectAllIn(lines: readonly LogLine[]): Promise<void> {
    const said = lines.map(identity).sort();
    const ours = new Set(said);
    const found = async () => (await inLoki()).filter((each) => ours.has(each)).sort();
    await until('every line', async () => (await found()).length >= said.length).catch(() => undefined);
    expect(await found()).toEqual(said);
    const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    expect(metrics).not.toMatch(/^telemetry_dropped_total\{[^}]*\} [1-9]/m);
  }

  it('answers 503 with Retry-After while S3 is away for 20 s, works again after, and Loki has every line', async () => {
    expect(await runTesterUntil(twice())).toEqual(['passed', 'passed']);

    await s3.stop('SIGKILL');
    const goneAt = Date.now();
    const testing = runTesterUntil(() => Date.now() - goneAt > 20_000);
    for (const [method, path, body] of [
      ['POST', '/data', '{"key":"while/away"}'],
      ['GET', '/data/while/away', null],
    ] as const) {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect([method, response.status, response.headers.get('retry-after')]).toEqual([method, 503, '2']);
      expect(await response.json()).toMatchObject({ code: 'storage-unavailable' });
    }
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect((await fetch(`${service.url}/ready`)).status).toBe(503);
    const away = await testing;
    for (const end of away) {
      // Only requests that need S3 fail, always with 503. Broken JSON is still 400.
      expect((end as TesterCallsFailed).message).toMatch(/expected 201, got 503/);
      expect((end as TesterCallsFailed).message).not.toMatch(/got (?!503)/);
    }

    await s3.restart();
    expect(await runTesterUntil(twice())).toEqual(['passed', 'passed']);
    expect((await fetch(`${service.url}/ready`)).status).toBe(200);
    await expectAllIn([...service.lines]);
    const failed = service.lines.filter(({ code }) => code === 'STORAGE_FAILED');
    expect(failed.length).toBeGreaterThanOrEqual(2 + away.length * 4);
  });

  it('delivers every record that it logged while Loki was killed and restarted', async () => {
    let isBack = false;
    await loki.stop('SIGKILL');
    const firstLine = service.lines.length;
    const testing = runTesterUntil(() => isBack);
    // Longer than one export with all of the exporter's attempts (4 s).
    await service.line(({ code }) => code === 'TELEMETRY_DELAYED');
    await loki.restart();
    isBack = true;
    const ends = await testing;
    expect(ends.length).toBeGreaterThan(5);
    expect(new Set(ends)).toEqual(new Set(['passed']));
    expect(service.lines.slice(firstLine).length).toBeGreaterThanOrEqual(ends.length * 6);
    await expectAllIn([...service.lines]);
    expect(service.lines.filter(({ code }) => code === 'TELEMETRY_LOST')).toEqual([]);
  });
});

/** False twice, then true. */
function twice(): () => boolean {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > 2;
  };
}
