/** One log line, two ways out: a JSON line on stdout (CloudWatch) and an OTLP record (Loki), both with the trace's ids. */
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

/** `code` is stable and greppable, `message` its sentence; values belong into `fields`, and none is a payload or a secret. */
export type Log = (code: string, message: string, fields?: Fields, span?: SpanContext) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  /** Whether a line of this level goes anywhere: asked before what would only be made for the line. */
  isLevelEnabled(level: LogLevel): boolean;
  /** Resolves with true when what was buffered is written, with false after a second: nobody reads stdout. */
  flush(): Promise<boolean>;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Where OTLP records go; nothing is exported without one. */
  readonly otlp?: OtlpLogger | undefined;
  /** A line was lost, because stdout took none of those before it. */
  readonly onDrop?: () => void;
}

/** What waits for a stdout that nobody reads (bytes); lines on top of it are lost. */
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
  // Not synchronous: a write to a full pipe holds up the whole process. A minimum of one byte is none, but lets flush() wait.
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
