/** POST /api/ds/query: "Query a data source", data_source.md; pkg/api/ds_query.go, pkg/services/query. */
import { badRequest, isObject, publicError } from '../errors';
import { isFailed, type QueryResult } from '../queries/frames';
import { parseDuration, type Query } from '../queries/query';
import { runQueries } from '../queries/run';
import { type Answer, type HttpCall, jsonBody, type Route } from '../router';

export const queryRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ds/query', role: 'VIEWER', permission: 'datasources:query', handle: query },
];

async function query(call: HttpCall): Promise<Answer> {
  const body = jsonBody(call);
  const queries = readQueries(body, call.grafana.options.now());
  const results = await runQueries(call.grafana, queries);
  const shown = queries.filter((one) => one.model['hide'] !== true);
  const answer = Object.fromEntries(shown.map((one) => [one.refId, toJson(results.get(one.refId))]));
  // toJsonStreamingResponse: 400 when any query failed.
  const errors = [...results].flatMap(([refId, result]) =>
    isFailed(result) ? [`${refId}: ${result.status} ${result.error}`] : [],
  );
  if (errors.length === 0) return { status: 200, body: { results: answer } };
  return { status: 400, body: { results: answer }, error: errors.join('; ') };
}

function toJson(result: QueryResult | undefined): unknown {
  if (result === undefined) return { status: 200, frames: [] };
  if (isFailed(result))
    return { error: result.error, errorSource: result.errorSource, status: result.status, frames: result.frames ?? [] };
  return result;
}

export function readQueries(body: Record<string, unknown>, now: number): Query[] {
  const list = body['queries'];
  if (!Array.isArray(list) || list.length === 0) throw publicError(400, 'query.noQueries', 'No queries found');
  const from = readTime(body['from'], now);
  const to = readTime(body['to'], now);
  return list.map((model: unknown): Query => {
    if (!isObject(model)) throw badRequest();
    const range = isObject(model['timeRange']) ? model['timeRange'] : undefined;
    return {
      refId: typeof model['refId'] === 'string' ? model['refId'] : 'A',
      model,
      from: range ? readTime(range['from'], now) : from,
      to: range ? readTime(range['to'], now) : to,
      intervalMs: typeof model['intervalMs'] === 'number' ? model['intervalMs'] : 1000,
      maxDataPoints: typeof model['maxDataPoints'] === 'number' ? model['maxDataPoints'] : 100,
    };
  });
}

/** Epoch milliseconds as text or number, ISO 8601, `now` or `now-5m` (legacydata.DataTimeRange). */
function readTime(value: unknown, now: number): number {
  const raw = String(value ?? '');
  if (/^\d+$/.test(raw)) return Number(raw);
  const relative = /^now(?:-(\w+))?$/.exec(raw);
  if (relative) {
    const back = relative[1] === undefined ? 0 : parseDuration(relative[1]);
    if (back !== undefined) return now - back;
  }
  const date = Date.parse(raw);
  if (Number.isNaN(date)) throw publicError(400, 'query.invalidTimeRange', `Invalid time range: "${raw}"`);
  return date;
}
