/** A trace as a data frame for Grafana's trace view: pkg/tsdb/tempo/trace_transform.go (TraceToFrame). */
import { isObject } from '../errors';
import { type Frame, jsonField, numberField, stringField, timeField } from './frames';

interface Span {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly span: Readonly<Record<string, unknown>>;
}

/** Spans of Tempo's v1 (`batches`) and v2 (`trace.resourceSpans`) answers, in OTLP's JSON. */
export function readTrace(body: unknown): Span[] {
  if (!isObject(body)) return [];
  const trace = isObject(body['trace']) ? body['trace'] : body;
  return objects(trace['resourceSpans'] ?? trace['batches']).flatMap((batch) => {
    const resource = isObject(batch['resource']) ? batch['resource'] : {};
    return objects(batch['scopeSpans'] ?? batch['instrumentationLibrarySpans']).flatMap((scoped) => {
      const scope = isObject(scoped['scope']) ? scoped['scope'] : {};
      return objects(scoped['spans']).map((span) => ({ resource, scope, span }));
    });
  });
}

export function traceFrame(refId: string, spans: readonly Span[]): Frame {
  const column = (read: (span: Span) => unknown): unknown[] => spans.map(read);
  const nanos = (span: Span, name: string): number => Number(span.span[name] ?? 0);
  const fields = [
    'traceID',
    'spanID',
    'parentSpanID',
    'operationName',
    'serviceName',
    'kind',
    'statusMessage',
    'instrumentationLibraryName',
    'instrumentationLibraryVersion',
    'traceState',
  ].map((name) => stringField(name));
  return {
    schema: {
      refId,
      name: 'Trace',
      meta: { preferredVisualisationType: 'trace' },
      fields: [
        ...fields,
        numberField('statusCode'),
        jsonField('serviceTags'),
        timeField('startTime'),
        numberField('duration'),
        jsonField('logs'),
        jsonField('references'),
        jsonField('tags'),
      ],
    },
    data: {
      values: [
        column(({ span }) => hexId(span['traceId'])),
        column(({ span }) => hexId(span['spanId'])),
        column(({ span }) => hexId(span['parentSpanId'])),
        column(({ span }) => span['name']),
        column(({ resource }) => attribute(resource, 'service.name') ?? ''),
        column(({ span }) => kindOf(span['kind'])),
        column(({ span }) => (isObject(span['status']) ? (span['status']['message'] ?? '') : '')),
        column(({ scope }) => scope['name'] ?? ''),
        column(({ scope }) => scope['version'] ?? ''),
        column(({ span }) => span['traceState'] ?? ''),
        column(({ span }) => statusOf(span)),
        column(({ resource }) => keyValues(resource)),
        column((span) => nanos(span, 'startTimeUnixNano') / 1e6),
        column((span) => (nanos(span, 'endTimeUnixNano') - nanos(span, 'startTimeUnixNano')) / 1e6),
        column(({ span }) =>
          objects(span['events']).map((event) => ({
            timestamp: Number(event['timeUnixNano'] ?? 0) / 1e6,
            name: event['name'],
            fields: keyValues(event),
          })),
        ),
        column(({ span }) =>
          objects(span['links']).map((link) => ({
            traceID: hexId(link['traceId']),
            spanID: hexId(link['spanId']),
            tags: keyValues(link),
          })),
        ),
        column(({ span }) => keyValues(span)),
      ],
    },
  };
}

/** OTLP's JSON has ids in hex; Tempo's own marshaller writes them as base64. */
export function hexId(value: unknown): string {
  if (typeof value !== 'string' || value === '') return '';
  return /^([0-9a-fA-F]{16}|[0-9a-fA-F]{32})$/.test(value)
    ? value.toLowerCase()
    : Buffer.from(value, 'base64').toString('hex');
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function kindOf(kind: unknown): string {
  if (typeof kind === 'number') return kinds[kind] ?? 'unspecified';
  return typeof kind === 'string' ? kind.replace('SPAN_KIND_', '').toLowerCase() : 'unspecified';
}

function statusOf(span: Readonly<Record<string, unknown>>): number {
  const code = isObject(span['status']) ? span['status']['code'] : 0;
  if (typeof code === 'number') return code;
  return code === 'STATUS_CODE_ERROR' ? 2 : code === 'STATUS_CODE_OK' ? 1 : 0;
}

function keyValues(holder: Readonly<Record<string, unknown>>): { key: unknown; value: unknown }[] {
  return objects(holder['attributes']).map((one) => ({
    key: one['key'],
    value: isObject(one['value']) ? Object.values(one['value'])[0] : one['value'],
  }));
}

function attribute(holder: Readonly<Record<string, unknown>>, key: string): unknown {
  return keyValues(holder).find((one) => one.key === key)?.value;
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
