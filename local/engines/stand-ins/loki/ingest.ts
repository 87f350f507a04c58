import { attribute, type KeyValue, type LogRecord, type ResourceLogs, textOf } from '../../wire/otlp';
import type { Entry } from './store';

/**
 * OTLP log records as Loki stores them (grafana.com/docs/loki, "Ingest logs using OpenTelemetry"): configured resource
 * attributes become labels, everything else becomes structured metadata, dots in names become underscores.
 */
export function toEntries(resources: readonly ResourceLogs[], indexed: ReadonlySet<string>, now: bigint): Entry[] {
  return resources.flatMap(({ resource, scopeLogs = [] }) => {
    const attributes = resource?.attributes ?? [];
    const labels = named(attributes.filter(({ key }) => indexed.has(key)));
    labels['service_name'] ??= attribute(attributes, 'service.name') ?? 'unknown_service';
    const common = named(attributes.filter(({ key }) => !indexed.has(key)));
    return scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => ({
        time: timeOf(record, now),
        line: textOf(record.body) ?? '',
        labels,
        metadata: {
          ...common,
          ...(scope?.name ? { scope_name: scope.name } : {}),
          ...(scope?.version ? { scope_version: scope.version } : {}),
          ...named(scope?.attributes ?? []),
          ...named(record.attributes ?? []),
          ...ofRecord(record),
        },
      })),
    );
  });
}

function ofRecord(record: LogRecord): Record<string, string> {
  const { severityNumber, severityText, traceId, spanId, flags, observedTimeUnixNano } = record;
  return {
    ...(severityNumber ? { severity_number: String(severityNumber) } : {}),
    ...(severityText ? { severity_text: severityText } : {}),
    ...(observedTimeUnixNano ? { observed_timestamp: observedTimeUnixNano } : {}),
    ...(traceId ? { trace_id: traceId.toLowerCase() } : {}),
    ...(spanId ? { span_id: spanId.toLowerCase() } : {}),
    ...(flags ? { flags: String(flags) } : {}),
    detected_level: detectedLevel(record),
  };
}

/** Loki's discover_log_levels, for records with a severity number. The ranges are OTLP's. */
function detectedLevel({ severityNumber = 0, severityText = '' }: LogRecord): string {
  const ranges = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  if (severityNumber > 0) return ranges[Math.floor((severityNumber - 1) / 4)] ?? 'unknown';
  const text = severityText.toLowerCase();
  if (text === 'warning') return 'warn';
  return ranges.includes(text) ? text : 'unknown';
}

function timeOf({ timeUnixNano, observedTimeUnixNano }: LogRecord, now: bigint): bigint {
  const time = BigInt(timeUnixNano ?? 0);
  return time > 0n ? time : BigInt(observedTimeUnixNano ?? 0) || now;
}

function named(attributes: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key.replaceAll(/[^a-zA-Z0-9_]/g, '_'), textOf(value) ?? '']),
  );
}
