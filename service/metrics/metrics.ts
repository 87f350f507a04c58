/** The registry with the service's metrics and Node's. Types keep the label values bounded. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Endpoint } from '../domain/endpoint';
import { measureEventLoopDelay } from './event-loop-delay';
import {
  DATA_BYTES_IN_FLIGHT,
  DATA_OPERATION_DURATION_SECONDS,
  DATA_OPERATIONS_TOTAL,
  HTTP_REQUEST_DURATION_SECONDS,
  HTTP_REQUESTS_IN_FLIGHT,
  HTTP_REQUESTS_TOTAL,
  TELEMETRY_DROPPED_TOTAL,
} from './names';

export type DataOperation = 'put' | 'get';
export type DataResult =
  | 'success'
  | 'not_found'
  | 'exists'
  | 'conflict'
  | 'refused'
  | 'busy'
  | 'unavailable'
  | 'timeout'
  | 'aborted'
  | 'error';
/** Where telemetry goes: Tempo, Loki, and the log driver behind stdout. */
export type Signal = 'traces' | 'logs' | 'stdout';

export interface Metrics {
  /** `seconds` from the request's first line to the end of its answer. */
  request(method: string, endpoint: Endpoint, status: number, seconds: number): void;
  operation(operation: DataOperation, result: DataResult, seconds: number): void;
  inFlight(count: number): void;
  bytesInFlight(bytes: number): void;
  dropped(signal: Signal, count: number): void;
  readonly contentType: string;
  /** The exposition text in UTF-8. Concurrent calls share one result. */
  expose(): Promise<Buffer>;
}

/** Milliseconds. */
const A_DAY = 86_400_000;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const EXPECTED_REQUESTS = [
  { method: 'POST', endpoint: '/data', statuses: ['201', '400', '500', '502', '503', '504'] },
  { method: 'GET', endpoint: '/data/{key}', statuses: ['200', '404', '500', '502', '503', '504'] },
] as const;
const EXPECTED_OPERATIONS: readonly { readonly operation: DataOperation; readonly results: readonly DataResult[] }[] = [
  { operation: 'put', results: ['success', 'refused', 'unavailable', 'timeout', 'error'] },
  { operation: 'get', results: ['success', 'not_found', 'refused', 'unavailable', 'timeout', 'error'] },
];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // prom-client's event loop metrics cannot be left out (event-loop-delay.ts says why they should be): the monitor's
  // resolution is set to one day, and the metrics are removed below.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: A_DAY });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag_')) registry.removeSingleMetric(name);
  }
  measureEventLoopDelay(registry);
  const requests = new Counter({
    name: HTTP_REQUESTS_TOTAL,
    help: 'Requests answered, by route template; status 499 when the caller went away first.',
    labelNames: ['method', 'endpoint', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: HTTP_REQUEST_DURATION_SECONDS,
    help: 'From the request line to the end of the answer.',
    labelNames: ['method', 'endpoint'],
    buckets: SECONDS,
    registers,
  });
  const operations = new Counter({
    name: DATA_OPERATIONS_TOTAL,
    help: 'Reads and writes of documents, by outcome.',
    labelNames: ['operation', 'result'],
    registers,
  });
  const operationDurations = new Histogram({
    name: DATA_OPERATION_DURATION_SECONDS,
    help: 'Reads and writes of documents, retries included.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  });
  const gauge = new Gauge({
    name: HTTP_REQUESTS_IN_FLIGHT,
    help: 'Requests being served, probes not counted.',
    registers,
  });
  const bytes = new Gauge({
    name: DATA_BYTES_IN_FLIGHT,
    help: 'Bytes of documents held for requests: bodies in, answers of S3, bodies out.',
    registers,
  });
  const drops = new Counter({
    name: TELEMETRY_DROPPED_TOTAL,
    help: 'Spans, log records and lines of stdout that never reached their backend.',
    labelNames: ['signal'],
    registers,
  });
  // rate() and increase() need a sample before the first event, so the series that dashboards and alerts read start at
  // zero (Prometheus, "Instrumentation", avoid missing metrics).
  for (const signal of ['traces', 'logs', 'stdout'] satisfies Signal[]) drops.inc({ signal }, 0);
  for (const { method, endpoint, statuses } of EXPECTED_REQUESTS) {
    durations.zero({ method, endpoint });
    for (const status of statuses) requests.inc({ method, endpoint, status }, 0);
  }
  for (const { operation, results } of EXPECTED_OPERATIONS) {
    operationDurations.zero({ operation });
    for (const result of results) operations.inc({ operation, result }, 0);
  }

  // prom-client hashes labels on every call. There are few label sets, so their children are cached.
  const counted = remembered((method: string, endpoint: string, status: string) =>
    requests.labels(method, endpoint, status),
  );
  const timed = remembered((method: string, endpoint: string) => durations.labels(method, endpoint));
  let exposition: Promise<Buffer> | undefined;
  return {
    request(method, endpoint, status, seconds) {
      counted(method, endpoint, String(status)).inc();
      timed(method, endpoint).observe(seconds);
    },
    operation(operation, result, seconds) {
      operations.inc({ operation, result });
      operationDurations.observe({ operation }, seconds);
    },
    inFlight: (count) => gauge.set(count),
    bytesInFlight: (held) => bytes.set(held),
    dropped: (signal, count) => drops.inc({ signal }, count),
    contentType: registry.contentType,
    expose() {
      exposition ??= registry
        .metrics()
        .then((text) => Buffer.from(text))
        .finally(() => {
          exposition = undefined;
        });
      return exposition;
    },
  };
}

function remembered<T>(make: (...labels: string[]) => T): (...labels: string[]) => T {
  const known = new Map<string, T>();
  return (...labels) => {
    const id = labels.join(' ');
    let child = known.get(id);
    if (child === undefined) {
      child = make(...labels);
      known.set(id, child);
    }
    return child;
  };
}
