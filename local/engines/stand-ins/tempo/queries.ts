import { BadRequest, type HttpAnswer, type HttpRequest, NotImplemented, type Route } from '../../wire/http-server';
import { type AnyValue, attribute, textOf } from '../../wire/otlp';
import { durationSeconds } from './span-metrics';
import { normalId, type StoredSpan, type TraceStore } from './store';
import { resourceSpansJson } from './trace-json';
import { type Column, readTraceQuery, rootOf, type TraceQuery } from './traceql';

const intrinsics = [
  'duration',
  'kind',
  'name',
  'rootName',
  'rootServiceName',
  'status',
  'statusMessage',
  'traceDuration',
];

/**
 * The part of Tempo's query API (grafana.com/docs/tempo, "Tempo HTTP API") that the stack and Grafana's data source
 * use.
 */
export function queryRoutes(store: TraceStore, searchDelayMs: number): Route[] {
  return [
    ['GET', /^\/ready$/, () => ({ status: 200, body: 'ready\n' })],
    ['GET', /^\/api\/echo$/, () => ({ status: 200, body: 'echo\n' })],
    ['GET', /^\/api\/status\/buildinfo$/, () => ({ status: 200, body: { version: 'stand-in' } })],
    ['GET', /^\/api\/traces\/([^/]+)$/, (request, id) => traceV1(store, request, id)],
    ['GET', /^\/api\/v2\/traces\/([^/]+)$/, (request, id) => traceV2(store, request, id)],
    ['GET', /^\/api\/search$/, (request) => search(store, request, searchDelayMs)],
    ['GET', /^\/api\/search\/tags$/, (request) => tagsV1(store, request)],
    ['GET', /^\/api\/v2\/search\/tags$/, (request) => tagsV2(store, request)],
    ['GET', /^\/api\/v2\/search\/tag\/([^/]+)\/values$/, (_, name) => tagValues(store, name)],
    ['GET', /^\/api\/metrics\/query(?:_range)?$/, traceQlMetrics],
  ];
}

/** `{ … } | rate()` and its like. Traces Drilldown begins with them. */
function traceQlMetrics(): never {
  throw new NotImplemented(
    'the stand-in of Tempo has no TraceQL metrics (rate(), quantile_over_time(), …): use a real Tempo (docs/engines.md)',
  );
}

function traceV1(store: TraceStore, request: HttpRequest, id = ''): HttpAnswer {
  const found = store.find(readId(request, id));
  return found === undefined ? { status: 404 } : { status: 200, body: { batches: resourceSpansJson(found) } };
}

/** For an unknown trace the answer is 200 with an empty trace. */
function traceV2(store: TraceStore, request: HttpRequest, id = ''): HttpAnswer {
  const found = store.find(readId(request, id));
  const trace = found === undefined ? {} : { resourceSpans: resourceSpansJson(found) };
  return { status: 200, body: { trace, metrics: {} } };
}

function readId({ headers }: HttpRequest, id: string): string {
  if (!/^[0-9a-fA-F]{1,32}$/.test(id)) throw new BadRequest('trace IDs can only contain hex characters');
  if (headers['accept']?.includes('application/protobuf'))
    throw new NotImplemented('traces as protobuf are not implemented');
  return id;
}

function search(store: TraceStore, { query }: HttpRequest, delayMs: number): HttpAnswer {
  const limit = Number(query.get('limit') || 20);
  const spansPerSet = Number(query.get('spss') || 3);
  const start = Number(query.get('start') ?? 0);
  // query_frontend.query_end_cutoff: younger spans are left out, whatever the query's end.
  const end = Math.min(Number(query.get('end') ?? Number.MAX_SAFE_INTEGER), Math.floor((Date.now() - delayMs) / 1000));
  const { find, columns } = readSearch(query);
  const traces = store
    .all()
    .filter((trace) => overlaps(trace, start, end))
    .map((trace) => ({ trace, matched: find(trace) }))
    .filter(({ matched }) => matched.length > 0)
    .slice(0, limit)
    .map(({ trace, matched }) => describe({ trace, matched, columns }, spansPerSet));
  return { status: 200, body: { traces, metrics: { inspectedTraces: store.all().length } } };
}

function readSearch(query: URLSearchParams): TraceQuery {
  if (query.has('tags')) throw new NotImplemented('search by tags is not implemented: use q');
  const text = query.get('q') ?? '';
  return readTraceQuery(text.trim() === '' ? '{}' : text);
}

function overlaps(trace: readonly StoredSpan[], start: number, end: number): boolean {
  return trace.some(({ span }) => {
    const seconds = Number(BigInt(span.startTimeUnixNano ?? 0) / 1_000_000_000n);
    return seconds >= start && seconds <= end;
  });
}

interface Found {
  readonly trace: readonly StoredSpan[];
  readonly matched: readonly StoredSpan[];
  readonly columns: readonly Column[];
}

function describe({ trace, matched, columns }: Found, spansPerSet: number): object {
  const root = rootOf(trace);
  const starts = trace.map(({ span }) => BigInt(span.startTimeUnixNano ?? 0));
  const ends = trace.map(({ span }) => BigInt(span.endTimeUnixNano ?? 0));
  const first = inOrder(starts)[0] ?? 0n;
  const last = inOrder(ends).at(-1) ?? 0n;
  const spanSet = {
    spans: matched.slice(0, spansPerSet).map((each) => ({
      spanID: each.span.spanId,
      // Like an attribute, the name is in the answer only when the query names it.
      ...(columns.some(({ name }) => name === 'name') && { name: each.span.name }),
      startTimeUnixNano: each.span.startTimeUnixNano,
      durationNanos: String(Math.round(durationSeconds(each.span) * 1e9)),
      attributes: columns
        .filter(({ name }) => !ownFields.has(name))
        .flatMap(({ name, of }) => anyValue(of(each, trace)).map((value) => ({ key: name, value }))),
    })),
    matched: matched.length,
  };
  return {
    // Tempo leaves out leading zeros here.
    traceID: normalId(trace[0]?.span.traceId ?? '').replace(/^0+/, ''),
    rootServiceName: root ? (attribute(root.resource, 'service.name') ?? '') : '<root span not yet received>',
    ...(root && { rootTraceName: root.span.name }),
    startTimeUnixNano: String(first),
    durationMs: Number((last - first) / 1_000_000n),
    spanSet,
    spanSets: [spanSet],
  };
}

/** These have their own fields in the answer, outside `attributes` (Tempo's asTraceSearchMetadata). */
const ownFields = new Set(['name', 'duration', 'traceDuration', 'rootServiceName', 'rootService', 'rootName', 'id']);

function anyValue(value: string | number | boolean | undefined): object[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [{ stringValue: value }];
  if (typeof value === 'boolean') return [{ boolValue: value }];
  return [Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }];
}

function inOrder(times: readonly bigint[]): bigint[] {
  return [...times].sort((a, b) => Number(a - b));
}

function tagNames(store: TraceStore): { resource: string[]; span: string[] } {
  const spans = store.all().flat();
  const sorted = (lists: readonly (StoredSpan['resource'] | undefined)[]): string[] =>
    [...new Set(lists.flatMap((list) => (list ?? []).map(({ key }) => key)))].sort();
  return {
    resource: sorted(spans.map(({ resource }) => resource)),
    span: sorted(spans.map(({ span }) => span.attributes)),
  };
}

function tagsV1(store: TraceStore, { query }: HttpRequest): HttpAnswer {
  const { resource, span } = tagNames(store);
  const scopes: Readonly<Record<string, readonly string[]>> = { resource, span, intrinsic: intrinsics };
  const scope = query.get('scope');
  const names = scope === null || scope === '' ? [...resource, ...span] : (scopes[scope] ?? []);
  return { status: 200, body: { tagNames: [...new Set(names)].sort(), metrics: {} } };
}

function tagsV2(store: TraceStore, { query }: HttpRequest): HttpAnswer {
  const { resource, span } = tagNames(store);
  const scopes = [
    { name: 'resource', tags: resource },
    { name: 'span', tags: span },
    { name: 'intrinsic', tags: intrinsics },
  ];
  const scope = query.get('scope');
  return { status: 200, body: { scopes: scopes.filter(({ name }) => !scope || scope === name), metrics: {} } };
}

function tagValues(store: TraceStore, name = ''): HttpAnswer {
  const [, scope, key = name] = /^(resource|span)?\.?(.+)$/.exec(name) ?? [];
  const keywords = keywordsOf[name.replace(/^span:/, '')];
  if (keywords)
    return { status: 200, body: { tagValues: keywords.map((value) => ({ type: 'keyword', value })), metrics: {} } };
  const values = store.all().flatMap((trace) =>
    trace.flatMap(({ span, resource }) => {
      if (key === 'name' && scope === undefined && !name.startsWith('.'))
        return { type: 'string', value: span.name ?? '' };
      const lists = [...(scope === 'span' ? [] : [resource]), ...(scope === 'resource' ? [] : [span.attributes ?? []])];
      return lists.flatMap((list) => typed(list.find((each) => each.key === key)?.value));
    }),
  );
  const distinct = [...new Map(values.map((each) => [`${each.type} ${each.value}`, each])).values()];
  distinct.sort((a, b) => a.value.localeCompare(b.value));
  return { status: 200, body: { tagValues: distinct, metrics: {} } };
}

/** Tempo's fixed values of intrinsics whose values are keywords (pkg/search, GetVirtualTagValuesV2). */
const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  status: ['ok', 'error', 'unset'],
  kind: ['client', 'server', 'producer', 'consumer', 'internal', 'unspecified'],
};

function typed(value: AnyValue | undefined): { readonly type: string; readonly value: string }[] {
  const text = textOf(value);
  if (value === undefined || text === undefined) return [];
  const type =
    value.intValue !== undefined
      ? 'int'
      : value.doubleValue !== undefined
        ? 'float'
        : value.boolValue !== undefined
          ? 'bool'
          : 'string';
  return [{ type, value: text }];
}
