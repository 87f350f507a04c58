import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';
import { proxied } from './proxy';

export interface Span {
  readonly service: string;
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: 'SERVER' | 'CLIENT' | 'INTERNAL' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  readonly isError: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** All spans of a trace; undefined while Tempo does not have it. */
export async function traceById(
  grafana: Grafana,
  traceId: string,
  uid = 'tempo',
): Promise<QueryAnswer<readonly Span[] | undefined>> {
  const answer = await proxied<OtlpTrace>(grafana, uid, `/api/v2/traces/${traceId}`);
  if (answer.kind !== 'data' || answer.data === undefined) return answer as QueryAnswer<undefined>;
  const spans = spansOf(answer.data);
  return { kind: 'data', data: spans.length > 0 ? spans : undefined };
}

/** Trace ids of the service since a time, by TraceQL; what Tempo stored in the last 30 s may not be among them. */
export async function recentTraces(
  grafana: Grafana,
  service: string,
  since: Date,
): Promise<QueryAnswer<readonly string[]>> {
  return searchTraces(grafana, `{ resource.service.name = "${service}" }`, since);
}

/** Trace ids that a TraceQL query finds, in what Tempo calls recent or since a time. */
export async function searchTraces(
  grafana: Grafana,
  query: string,
  since?: Date,
): Promise<QueryAnswer<readonly string[]>> {
  const parameters = new URLSearchParams({ q: query, limit: '5' });
  if (since !== undefined) {
    // Whole seconds; the end lies ahead so that clocks may differ.
    parameters.set('start', String(Math.floor(since.getTime() / 1000)));
    parameters.set('end', String(Math.floor(since.getTime() / 1000) + 3600));
  }
  const answer = await proxied<{ readonly traces?: readonly { readonly traceID: string }[] }>(
    grafana,
    'tempo',
    `/api/search?${parameters}`,
  );
  return answer.kind === 'data'
    ? { kind: 'data', data: (answer.data?.traces ?? []).map(({ traceID }) => traceID) }
    : answer;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
}
interface OtlpAttribute {
  readonly key: string;
  readonly value?: OtlpValue;
}
interface OtlpSpan {
  readonly name?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly kind?: string | number;
  readonly startTimeUnixNano?: string | number;
  readonly status?: { readonly code?: string | number };
  readonly attributes?: readonly OtlpAttribute[];
}
interface OtlpResourceSpans {
  readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
  readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
}
/** `/api/v2/traces` wraps the OTLP message in `trace`; older answers have `batches`. */
interface OtlpTrace {
  readonly trace?: {
    readonly resourceSpans?: readonly OtlpResourceSpans[];
    readonly batches?: readonly OtlpResourceSpans[];
  };
  readonly resourceSpans?: readonly OtlpResourceSpans[];
  readonly batches?: readonly OtlpResourceSpans[];
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;

function spansOf(answer: OtlpTrace): readonly Span[] {
  const resources =
    answer.trace?.resourceSpans ?? answer.trace?.batches ?? answer.resourceSpans ?? answer.batches ?? [];
  return resources.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributes(resource?.attributes)['service.name'] ?? '');
    return (scopeSpans ?? []).flatMap(({ spans }) => (spans ?? []).map((span) => toSpan(span, service)));
  });
}

function toSpan(span: OtlpSpan, service: string): Span {
  return {
    service,
    name: span.name ?? '',
    spanId: hexId(span.spanId),
    parentSpanId: hexId(span.parentSpanId),
    kind: kindOf(span.kind),
    isError: span.status?.code === 'STATUS_CODE_ERROR' || span.status?.code === 2,
    startedAt: Number(span.startTimeUnixNano ?? 0) / 1e6,
    attributes: attributes(span.attributes),
  };
}

/** An enum comes as a name or as a number, as protobuf's JSON mapping allows. */
function kindOf(kind: string | number | undefined): Span['kind'] {
  if (typeof kind === 'number') return KINDS[kind] ?? 'UNSPECIFIED';
  return KINDS.find((name) => kind === `SPAN_KIND_${name}`) ?? 'UNSPECIFIED';
}

/** Ids come in hex (OTLP) or in base64 (protobuf's JSON mapping): 8 bytes are 16 or 12 characters. */
function hexId(id: string | undefined): string {
  if (!id) return '';
  return /^[0-9a-f]{16}$/i.test(id) ? id.toLowerCase() : Buffer.from(id, 'base64').toString('hex');
}

function attributes(list: readonly OtlpAttribute[] | undefined): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    (list ?? []).map(({ key, value }) => [
      key,
      value?.stringValue ??
        value?.boolValue ??
        value?.doubleValue ??
        (value?.intValue === undefined ? '' : Number(value.intValue)),
    ]),
  );
}
