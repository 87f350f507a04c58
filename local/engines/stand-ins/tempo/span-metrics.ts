import { attribute } from '../../wire/otlp';
import type { Registry } from './registry';
import type { StoredSpan } from './store';
import { kindName, statusName } from './trace-json';

/** Tempo's default buckets, in seconds (configuration reference, metrics_generator.processor). */
const buckets = [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384];

/**
 * The span-metrics processor with its default dimensions: calls, latency and size by service, span name, kind and
 * status.
 */
export function countSpans(registry: Registry, spans: readonly StoredSpan[]): void {
  for (const { span, resource } of spans) {
    const labels = {
      service: attribute(resource, 'service.name') ?? '',
      span_name: span.name ?? '',
      span_kind: kindName(span.kind),
      status_code: statusName(span.status?.code),
    };
    registry.count('traces_spanmetrics_calls_total', labels);
    registry.observe('traces_spanmetrics_latency', labels, buckets, durationSeconds(span));
    registry.count('traces_spanmetrics_size_total', labels, Buffer.byteLength(JSON.stringify(span)));
  }
}

export function durationSeconds({ startTimeUnixNano = '0', endTimeUnixNano = '0' }: StoredSpan['span']): number {
  const nanoseconds = BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano);
  return nanoseconds > 0n ? Number(nanoseconds) / 1e9 : 0;
}
