/** The service's configuration: read once from the environment, checked whole, then passed as arguments. */
import * as z from 'zod';

export interface Limits {
  /** Longest time for a data request, its body included; then it is answered 504 (ms). */
  readonly requestDeadlineMs: number;
  /** Longest time for a request's body to arrive; then it is answered 408 (ms). */
  readonly bodyTimeoutMs: number;
  /** Longest time for a request's headers to arrive; then the connection is closed (ms). */
  readonly headersTimeoutMs: number;
  /** How long after the deadline a caller may still read its answer; then the connection is closed (ms). */
  readonly answerTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** Limit on the bytes that all requests hold together (bodies and S3's answers); beyond it 503 with Retry-After. */
  readonly maxBytesInFlight: number;
  /** Limit on requests served at once; beyond it 503 with Retry-After. */
  readonly maxInFlight: number;
}

export interface ShutdownTimes {
  /** How long the service still takes requests after SIGTERM, while the load balancer deregisters it (ms). */
  readonly delayMs: number;
  /** After that: the time for open requests to finish, then for telemetry to be sent (ms each). */
  readonly drainMs: number;
  readonly flushMs: number;
}

export interface StorageConfig {
  readonly bucketName: string;
  readonly keyPrefix: string;
  readonly region: string;
  /** Set for an S3 server other than AWS's: buckets are then addressed by path. */
  readonly endpoint: string | undefined;
  /** Time-out of one attempt against S3 (ms); a call makes three at most. */
  readonly attemptTimeoutMs: number;
}

export interface TelemetryConfig {
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** ECS's task metadata endpoint, version 4; undefined outside ECS. */
  readonly taskMetadataUri: string | undefined;
  /** Full URLs of the OTLP/HTTP endpoints; a signal without one is not exported. */
  readonly tracesEndpoint: string | undefined;
  readonly logsEndpoint: string | undefined;
  /** The longest that a span or a log record waits before it is sent (ms). */
  readonly tracesDelayMs: number;
  readonly logsDelayMs: number;
  readonly logLevel: LogLevel;
}

export interface ServiceConfig {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly faultSwitch: boolean;
  readonly limits: Limits;
  readonly shutdown: ShutdownTimes;
  readonly storage: StorageConfig;
  readonly telemetry: TelemetryConfig;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Names every missing or wrong variable at once, so that one correction is enough. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';

  constructor(readonly problems: readonly string[]) {
    super(`The service's environment variables are not valid: ${problems.join('; ')}.`);
  }
}

/** Throws InvalidConfiguration with every problem. An empty variable counts as missing. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new InvalidConfiguration(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const value = parsed.data;
  return {
    host: value.HOST,
    port: value.PORT,
    metricsPort: value.METRICS_PORT,
    faultSwitch: value.FAULT_SWITCH === 'enabled',
    limits: {
      requestDeadlineMs: value.REQUEST_DEADLINE_MS,
      bodyTimeoutMs: value.BODY_TIMEOUT_MS,
      headersTimeoutMs: value.HEADERS_TIMEOUT_MS,
      answerTimeoutMs: value.ANSWER_TIMEOUT_MS,
      maxBodyBytes: value.MAX_BODY_BYTES,
      maxBytesInFlight: value.MAX_BYTES_IN_FLIGHT,
      maxInFlight: value.MAX_IN_FLIGHT,
    },
    shutdown: {
      delayMs: value.SHUTDOWN_DELAY_MS,
      drainMs: value.SHUTDOWN_DRAIN_MS,
      flushMs: value.SHUTDOWN_FLUSH_MS,
    },
    storage: {
      bucketName: value.BUCKET_NAME,
      keyPrefix: value.KEY_PREFIX,
      region: value.AWS_REGION,
      endpoint: value.AWS_ENDPOINT_URL,
      attemptTimeoutMs: value.S3_ATTEMPT_TIMEOUT_MS,
    },
    telemetry: {
      serviceName: value.OTEL_SERVICE_NAME,
      resourceAttributes: value.OTEL_RESOURCE_ATTRIBUTES,
      taskMetadataUri: value.ECS_CONTAINER_METADATA_URI_V4,
      tracesEndpoint: value.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
      logsEndpoint: value.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT,
      tracesDelayMs: value.OTEL_BSP_SCHEDULE_DELAY,
      logsDelayMs: value.OTEL_BLRP_SCHEDULE_DELAY,
      logLevel: value.LOG_LEVEL,
    },
  };
}

const wholeNumber = (least: number, most: number, otherwise: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${least} to ${most}` })
    .int({ error: `must be a whole number from ${least} to ${most}` })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` })
    .default(otherwise);
const port = (otherwise: number) => wholeNumber(0, 65_535, otherwise);
const milliseconds = (otherwise: number) => wholeNumber(1, 600_000, otherwise);
const required = (what: string) => z.string({ error: `is missing; set it to ${what}` });
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** `a=b,c=d` with percent-encoded values (OpenTelemetry specification, OTEL_RESOURCE_ATTRIBUTES). */
const attributes = z
  .string()
  .transform((text, context) => {
    const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair));
    try {
      return Object.fromEntries(
        pairs.map((pair) => {
          if (!pair?.[1]) throw new Error('no name');
          return [pair[1], decodeURIComponent((pair[2] ?? '').trim())] as const;
        }),
      );
    } catch {
      context.addIssue({ code: 'custom', message: 'must read name=value,name=value' });
      return z.NEVER;
    }
  })
  .default({});

const MIB = 2 ** 20;

const variables = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: port(8080),
  METRICS_PORT: port(9090),
  BUCKET_NAME: required('the bucket that holds the data'),
  KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*\/$/, { error: 'must be path segments that end in /' })
    .max(128)
    .default('data/'),
  AWS_REGION: required("the bucket's region"),
  AWS_ENDPOINT_URL: httpUrl.optional(),
  OTEL_SERVICE_NAME: z.string().default('data-processor-service'),
  OTEL_RESOURCE_ATTRIBUTES: attributes,
  ECS_CONTAINER_METADATA_URI_V4: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: httpUrl.optional(),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds(1_000),
  OTEL_BLRP_SCHEDULE_DELAY: milliseconds(1_000),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
  FAULT_SWITCH: z.enum(['enabled', 'disabled'], { error: 'must be enabled or disabled' }).default('disabled'),
  REQUEST_DEADLINE_MS: milliseconds(10_000),
  BODY_TIMEOUT_MS: milliseconds(8_000),
  HEADERS_TIMEOUT_MS: milliseconds(8_000),
  ANSWER_TIMEOUT_MS: milliseconds(20_000),
  S3_ATTEMPT_TIMEOUT_MS: milliseconds(3_000),
  MAX_BODY_BYTES: wholeNumber(1, 64 * MIB, MIB),
  MAX_IN_FLIGHT: wholeNumber(1, 100_000, 256),
  MAX_BYTES_IN_FLIGHT: wholeNumber(1, 2 ** 40, 64 * MIB),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 60_000, 5_000),
  SHUTDOWN_DRAIN_MS: milliseconds(12_000),
  SHUTDOWN_FLUSH_MS: milliseconds(5_000),
});

const environment = variables.refine((value) => value.MAX_BYTES_IN_FLIGHT >= value.MAX_BODY_BYTES, {
  path: ['MAX_BYTES_IN_FLIGHT'],
  error: 'must be at least MAX_BODY_BYTES, or no document of that size can be served',
});
