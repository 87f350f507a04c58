import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';
import { type FramesAnswer, newestValue, type QueryTime, queryFrames } from './frames';
import { proxied } from './proxy';
import type { Span } from './span';
import { spansOfFrames } from './trace-frames';

/** All spans of a trace; undefined while Tempo does not have it. */
export async function traceById(
  grafana: Grafana,
  traceId: string,
  uid = 'tempo',
): Promise<QueryAnswer<readonly Span[] | undefined>> {
  return proxied(
    grafana,
    { uid, path: `/api/v2/traces/${traceId}` },
    (answer: OtlpTrace | undefined) => unlessNone(answer === undefined ? [] : spansOf(answer)),
    async () => {
      const asked = { refId: 'A', datasource: { uid }, queryType: 'traceId', query: traceId };
      const answer = await queryFrames(grafana, asked, 'last hour');
      if (answer.kind === 'data') return { kind: 'data', data: unlessNone(spansOfFrames(answer.data)) };
      const isMissing = answer.kind === 'error' && (answer.status === 404 || /status: 404/i.test(answer.reason));
      return isMissing ? { kind: 'data', data: undefined } : answer;
    },
  );
}

/** A trace in the result of Tempo's search. */
export interface FoundTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
}

/** Searches traces of the service since a time with TraceQL. Traces of the last 30 s may be missing. */
export async function recentTraces(
  grafana: Grafana,
  service: string,
  since: Date,
): Promise<QueryAnswer<readonly FoundTrace[]>> {
  return searchTraces(grafana, `{ resource.service.name = "${service}" }`, since);
}

/** Searches traces with TraceQL, in Tempo's recent data or since a time; at most `limit`, default five. */
export async function searchTraces(
  grafana: Grafana,
  query: string,
  since?: Date,
  limit = 5,
): Promise<QueryAnswer<readonly FoundTrace[]>> {
  const parameters = new URLSearchParams({ q: query, limit: String(limit) });
  if (since !== undefined) {
    // Tempo takes whole seconds. The end is in the future, because clocks may differ.
    parameters.set('start', String(Math.floor(since.getTime() / 1000)));
    parameters.set('end', String(Math.floor(since.getTime() / 1000) + 3600));
  }
  const time = since === undefined ? 'last hour' : { from: since, to: new Date(since.getTime() + 3_600_000) };
  return proxied(
    grafana,
    { uid: 'tempo', path: `/api/search?${parameters}` },
    (answer: SearchAnswer | undefined) =>
      (answer?.traces ?? []).map(({ traceID, rootServiceName = '', rootTraceName = '' }) =>
        foundTrace(traceID, rootServiceName, rootTraceName),
      ),
    async () => {
      const answer = await queryFrames(grafana, traceSearch(query, limit), time);
      return answer.kind === 'data' ? { kind: 'data', data: tracesOf(answer.data) } : answer;
    },
  );
}

/** A search for traces as a query of the data source. */
function traceSearch(query: string, limit: number) {
  return { refId: 'A', datasource: { uid: 'tempo' }, queryType: 'traceql', query, limit, tableType: 'traces' };
}

interface SearchAnswer {
  readonly traces?: readonly {
    readonly traceID: string;
    readonly rootServiceName?: string;
    readonly rootTraceName?: string;
    readonly startTimeUnixNano?: string | number;
  }[];
}

/**
 * When the newest of the first 20 traces that a search finds began, in ms since the epoch; undefined without a trace.
 * Tempo does not sort what it finds, so the answer is as exact as the range is short.
 */
export async function newestTrace(
  grafana: Grafana,
  query: string,
  { from, to }: QueryTime,
): Promise<QueryAnswer<number | undefined>> {
  const [start, end] = [Math.floor(from.getTime() / 1000), Math.ceil(to.getTime() / 1000)];
  const parameters = new URLSearchParams({ q: query, limit: '20', start: String(start), end: String(end) });
  const newest = (times: readonly number[]) => (times.length === 0 ? undefined : Math.max(...times));
  return proxied<SearchAnswer, number | undefined>(
    grafana,
    { uid: 'tempo', path: `/api/search?${parameters}` },
    (answer) => newest((answer?.traces ?? []).map(({ startTimeUnixNano = 0 }) => Number(startTimeUnixNano) / 1e6)),
    async () => {
      const answer = await queryFrames(grafana, traceSearch(query, 20), { from, to });
      return answer.kind === 'data' ? { kind: 'data', data: newestValue(answer.data) } : answer;
    },
  );
}

/** Reads Grafana's table of search results: columns `traceID`, `traceService` and `traceName`. */
function tracesOf({ frames }: FramesAnswer): readonly FoundTrace[] {
  return frames.flatMap(({ schema, data }) => {
    const column = (wanted: string) => data.values[schema.fields.findIndex(({ name }) => name === wanted)] ?? [];
    const [services, names] = [column('traceService'), column('traceName')];
    return column('traceID').map((id, row) =>
      foundTrace(String(id), String(services[row] ?? ''), String(names[row] ?? '')),
    );
  });
}

/** Restores the leading zeros that Tempo's search leaves out of an id. */
function foundTrace(id: string, rootService: string, rootName: string): FoundTrace {
  return { traceId: id.padStart(32, '0'), rootService, rootName };
}

function unlessNone(spans: readonly Span[]): readonly Span[] | undefined {
  return spans.length > 0 ? spans : undefined;
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
