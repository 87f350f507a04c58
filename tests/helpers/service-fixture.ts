/** The built service with its own S3 and two collectors, for most of the service's tests. */
import { type Collector, startCollector } from './otlp-collector';
import { CREDENTIALS, type FaultyS3, REGION, startFaultyS3 } from './s3-faults';
import { type Bundle, buildBundle, type Environment, type ServiceProcess, startService } from './service-process';

export interface ServiceFixture {
  readonly bundle: Bundle;
  readonly s3: FaultyS3;
  readonly collector: Collector;
  readonly environment: Environment;
  readonly service: ServiceProcess;
  /** Another process of the same bundle; stopped with the fixture. */
  another(environment?: Environment): Promise<ServiceProcess>;
  close(): Promise<void>;
}

/** Short time limits, so that tests of them are quick. */
const QUICK: Environment = {
  REQUEST_DEADLINE_MS: '4000',
  BODY_TIMEOUT_MS: '400',
  // On a busy machine the tests' own calls are slow. Tests of slow callers set a lower value.
  HEADERS_TIMEOUT_MS: '8000',
  S3_ATTEMPT_TIMEOUT_MS: '300',
  MAX_BODY_BYTES: '65536',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_BLRP_SCHEDULE_DELAY: '50',
};

/** The deployed service's limits, for load and fault tests, which must not depend on the machine's speed. */
export const AS_DEPLOYED: Environment = {
  REQUEST_DEADLINE_MS: '10000',
  BODY_TIMEOUT_MS: '8000',
  HEADERS_TIMEOUT_MS: '8000',
  S3_ATTEMPT_TIMEOUT_MS: '3000',
};

export async function startFixture(environment: Environment = {}): Promise<ServiceFixture> {
  const [bundle, s3, collector] = await Promise.all([buildBundle(), startFaultyS3(), startCollector()]);
  const base: Environment = {
    BUCKET_NAME: s3.bucket,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: s3.url,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.tracesUrl,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: collector.logsUrl,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    ...QUICK,
    ...environment,
  };
  const services: ServiceProcess[] = [];
  const another = async (more: Environment = {}) => {
    const started = await startService(bundle, { ...base, ...more });
    services.push(started);
    return started;
  };
  const service = await another();
  return {
    bundle,
    s3,
    collector,
    environment: base,
    service,
    another,
    async close() {
      await Promise.all(services.map((running) => running.stop()));
      await Promise.all([s3.close(), collector.close()]);
      bundle.remove();
    },
  };
}

/** POST /data with this body, as JSON unless headers say otherwise. */
export function post(
  service: ServiceProcess,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${service.url}/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly trace_id: string;
}

export async function problemOf(response: Response): Promise<ProblemBody> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as ProblemBody;
  expect(problem.status).toBe(response.status);
  expect(problem.trace_id).toMatch(/^[0-9a-f]{32}$/);
  return problem;
}

/** The value of one series in the exposition; 0 when the series is missing. */
export async function series(
  service: ServiceProcess,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || line.startsWith('#')) continue;
    const [, metric, inside = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && Object.entries(labels).every(([label, wanted]) => inside.includes(`${label}="${wanted}"`)))
      return Number(value);
  }
  return 0;
}
