// A function that takes an order: a span, a counter and a log line of each invocation.
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { flush, logger } from './telemetry';

propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const tracer = trace.getTracer('orders');
const orders = metrics.getMeter('orders').createCounter('orders_taken', { description: 'Orders that were taken' });

interface Order {
  readonly sku?: string;
  /** With a traceparent, the trace goes on. */
  readonly headers?: Readonly<Record<string, string>>;
}

export async function handler(event: Order): Promise<{ readonly taken: string; readonly traceId: string }> {
  const parent = propagation.extract(context.active(), event.headers ?? {});
  const span = tracer.startSpan('take order', { kind: SpanKind.SERVER }, parent);
  const active = trace.setSpan(parent, span);
  try {
    if (!event.sku) throw new Error('The event has no sku.');
    span.setAttribute('order.sku', event.sku);
    orders.add(1, { result: 'taken' });
    logger.emit({ severityNumber: 9, severityText: 'INFO', body: `order of ${event.sku} taken`, context: active });
    return { taken: event.sku, traceId: span.spanContext().traceId };
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    logger.emit({ severityNumber: 17, severityText: 'ERROR', body: String(error), context: active });
    throw error;
  } finally {
    span.end();
    await flush();
  }
}
