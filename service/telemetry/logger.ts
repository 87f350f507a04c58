/** Writes each log record twice, with the trace's ids: a JSON line on stdout (CloudWatch) and an OTLP record (Loki). */
import {
  type Attributes,
  context,
  type Logger as OtlpLogger,
  SeverityNumber,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import pino from 'pino';
import type { LogLevel } from '../config';

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** `code` is stable and searchable, `message` explains it. Values go into `fields`; never a payload or a secret. */
export type Log = (code: string, message: string, fields?: Fields, span?: SpanContext) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  /** Whether this level is logged; ask before building costly fields. */
  isLevelEnabled(level: LogLevel): boolean;
  /** Resolves with true when the buffer is written, with false after a second (nothing reads stdout). */
  flush(): Promise<boolean>;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Receives the OTLP records; undefined when logs are not exported. */
  readonly otlp?: OtlpLogger | undefined;
  /** Called when a line is lost because the buffer for stdout is full. */
  readonly onDrop?: () => void;
}

/** Buffer for stdout when nothing reads it (bytes); further lines are lost. */
const MAX_WAITING = 1 << 20;
/** See `flush` (ms). */
const FLUSH_MS = 1000;

const SEVERITY = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const;

export function createLogger({ service, level, otlp, onDrop = () => undefined }: LoggerOptions): Logger {
  // Asynchronous, because a write to a full pipe would block the process. minLength 1 buffers nothing but makes flush()
  // wait.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 1, maxLength: MAX_WAITING });
  destination.on('drop', onDrop);
  const lines = pino(
    {
      level,
      base: { service },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const log =
    (severity: LogLevel): Log =>
    (code, message, fields = {}, span = trace.getActiveSpan()?.spanContext()) => {
      if (!lines.isLevelEnabled(severity)) return;
      const ids = span === undefined ? undefined : { trace_id: span.traceId, span_id: span.spanId };
      lines[severity]({ ...ids, code, ...fields }, message);
      otlp?.emit({
        severityNumber: SEVERITY[severity],
        severityText: severity,
        body: message,
        attributes: { code, ...withoutUndefined(fields) },
        ...(span === undefined ? {} : { context: trace.setSpanContext(context.active(), span) }),
      });
    };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    isLevelEnabled: (severity) => lines.isLevelEnabled(severity),
    flush: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), FLUSH_MS);
        destination.flush(() => {
          clearTimeout(timer);
          resolve(true);
        });
      }),
  };
}

function withoutUndefined(fields: Fields): Attributes {
  const kept: Attributes = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}
