/** Trace and span ids for requests without a span: probes, and those that Node's parser rejects. */
import { randomBytes } from 'node:crypto';
import { isSpanContextValid, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';

/** The active span's context; undefined when the request is not traced. */
export function activeSpanContext(): SpanContext | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active !== undefined && isSpanContextValid(active) ? active : undefined;
}

export function newSpanContext(): SpanContext {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.NONE,
  };
}
