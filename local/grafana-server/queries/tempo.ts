/**
 * Tempo queries: pkg/tsdb/tempo (tempo.go, trace_transform.go, traceql_query.go). Grafana asks Tempo for protobuf; the
 * stand-in asks for the same message as JSON.
 */
import type { DataSource } from '../data-sources';
import { askDataSource } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import { failed, jsonField, jsonNumber, numberField, type QueryResult, stringField, timeField } from './frames';
import { errorText, guarded, type Query, type QueryRunner, text } from './query';
import { readTrace, traceFrame } from './trace-frame';

export const queryTempo: QueryRunner = guarded(async (grafana, source, query) => {
  const type = text(query.model['queryType']) || 'traceId';
  switch (type) {
    case 'traceId':
    case 'traceql':
      // The query editor also sends a plain trace id with the type traceql.
      if (/^[0-9a-fA-F]{16,32}$/.test(text(query.model['query']).trim())) return traceById(grafana, source, query);
      if (type === 'traceId') return failed(400, `invalid trace id: ${text(query.model['query'])}`, 'plugin');
      return isMetrics(text(query.model['query']))
        ? traceqlMetrics(grafana, source, query)
        : traceqlSearch(grafana, source, query);
    default:
      return failed(500, `unsupported query type: '${type}' for query with refID '${query.refId}'`, 'plugin');
  }
});

/** pkg/tsdb/tempo isMetricsQuery: a metrics function after the last pipe. */
function isMetrics(traceql: string): boolean {
  return /\|\s*(rate|count_over_time|avg_over_time|max_over_time|min_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/.test(
    traceql,
  );
}

async function traceById(grafana: WorkspaceState, source: DataSource, query: Query): Promise<QueryResult> {
  const id = text(query.model['query']).trim();
  const path = grafana.features.major >= 12 ? `/api/v2/traces/${id}` : `/api/traces/${id}`;
  const answer = await askDataSource(grafana, source, { method: 'GET', path, headers: { accept: 'application/json' } });
  if (answer.status !== 200)
    return failed(
      answer.status,
      `failed to get trace with id: ${id} Status: ${answer.status} Body: ${errorText(answer.body)}`,
    );
  const spans = readTrace(JSON.parse(answer.body.toString('utf8')));
  if (spans.length === 0) return failed(404, `failed to get trace with id: ${id} Status: 404 Not Found Body: `);
  return { status: 200, frames: [traceFrame(query.refId, spans)] };
}

async function traceqlSearch(grafana: WorkspaceState, source: DataSource, query: Query): Promise<QueryResult> {
  if (!grafana.features.tempoBackendSearch)
    return failed(500, 'backend TraceQL search queries are not supported', 'plugin');
  const parameters = new URLSearchParams({
    q: text(query.model['query']),
    limit: String(query.model['limit'] ?? 20),
    spss: String(query.model['spss'] ?? 3),
    start: String(Math.floor(query.from / 1000)),
    end: String(Math.ceil(query.to / 1000)),
  });
  const answer = await askDataSource(grafana, source, { method: 'GET', path: '/api/search', query: parameters });
  if (answer.status !== 200) return failed(answer.status, errorText(answer.body) || `status ${answer.status}`);
  const traces = (JSON.parse(answer.body.toString('utf8')) as { traces?: SearchedTrace[] }).traces ?? [];
  const fields = [
    stringField('traceID'),
    timeField('startTime'),
    stringField('traceService'),
    stringField('traceName'),
    numberField('traceDuration', {}, { unit: 'ms' }),
    jsonField('nested'),
  ];
  const values = [
    traces.map((trace) => trace.traceID.padStart(32, '0')),
    traces.map((trace) => Math.round(Number(trace.startTimeUnixNano) / 1e6)),
    traces.map((trace) => trace.rootServiceName ?? ''),
    traces.map((trace) => trace.rootTraceName ?? ''),
    traces.map((trace) => trace.durationMs ?? 0),
    traces.map((trace) => trace.spanSets ?? []),
  ];
  return {
    status: 200,
    frames: [
      {
        schema: { refId: query.refId, name: 'Traces', meta: { preferredVisualisationType: 'table' }, fields },
        data: { values },
      },
    ],
  };
}

interface SearchedTrace {
  readonly traceID: string;
  readonly startTimeUnixNano: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly durationMs?: number;
  readonly spanSets?: unknown;
}

interface MetricsSeries {
  readonly labels?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly samples?: readonly { readonly timestampMs: string | number; readonly value?: number }[];
}

async function traceqlMetrics(grafana: WorkspaceState, source: DataSource, query: Query): Promise<QueryResult> {
  const parameters = new URLSearchParams({
    q: text(query.model['query']),
    start: String(Math.floor(query.from / 1000)),
    end: String(Math.ceil(query.to / 1000)),
    step:
      text(query.model['step']) ||
      `${Math.max(15, Math.ceil((query.to - query.from) / Math.max(1, query.maxDataPoints) / 1000))}s`,
  });
  const answer = await askDataSource(grafana, source, {
    method: 'GET',
    path: '/api/metrics/query_range',
    query: parameters,
  });
  if (answer.status !== 200) return failed(answer.status, errorText(answer.body) || `status ${answer.status}`);
  const series = (JSON.parse(answer.body.toString('utf8')) as { series?: MetricsSeries[] }).series ?? [];
  const frames = series.map((one) => {
    const labels = Object.fromEntries(
      (one.labels ?? []).map(({ key, value }) => [key, String(Object.values(value)[0] ?? '')]),
    );
    const samples = one.samples ?? [];
    return {
      schema: {
        refId: query.refId,
        meta: { type: 'timeseries-multi' },
        fields: [timeField('time'), numberField('value', labels)],
      },
      data: {
        values: [
          samples.map((sample) => Number(sample.timestampMs)),
          samples.map((sample) => jsonNumber(sample.value ?? 0)),
        ],
      },
    };
  });
  return { status: 200, frames };
}
