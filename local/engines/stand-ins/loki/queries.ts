import type { Syntax } from '../../wire/grammar';
import { BadRequest, type HttpAnswer, type HttpRequest, type Route } from '../../wire/http-server';
import { keyOf } from '../../wire/labels';
import { durationMs } from '../process';
import type { Line } from './logql/line';
import { accepts } from './logql/matcher';
import { type Point, readMetric } from './logql/metric';
import { readPipeline } from './logql/pipeline';
import { isMetric, nowNs, parseQuery, readQuery, readTime, readWindow, requireMatcher, success } from './request';
import type { LogStore } from './store';

/** Loki's limits on the lines of an answer and the points of a series. */
const maxLines = 5_000;
const maxPoints = 11_000;
const hourMs = 3_600_000;

/**
 * The part of Loki's query API (grafana.com/docs/loki, "Loki HTTP API") that the stack and Grafana's data source use.
 */
export function queryRoutes(store: LogStore): Route[] {
  return [
    ['ANY', /^\/loki\/api\/v1\/query_range$/, (request) => queryRange(store, request)],
    ['ANY', /^\/loki\/api\/v1\/query$/, (request) => queryInstant(store, request)],
    ['ANY', /^\/loki\/api\/v1\/labels?$/, (request) => labelNames(store, request)],
    ['ANY', /^\/loki\/api\/v1\/label\/([^/]+)\/values$/, (request, name) => labelValues(store, request, name)],
    ['ANY', /^\/loki\/api\/v1\/series$/, (request) => series(store, request)],
  ];
}

function queryRange(store: LogStore, request: HttpRequest): HttpAnswer {
  const syntax = readQuery(request);
  const { start, end } = readWindow(request.query);
  if (!isMetric(syntax)) return logQuery(store, syntax, request, start, end);
  const stepMs = readStep(request.query, Number((end - start) / 1_000_000n));
  const query = readMetric(syntax, syntax.top);
  const first = Number(start / 1_000_000n);
  const last = Number(end / 1_000_000n);
  if ((last - first) / stepMs > maxPoints) {
    throw new BadRequest(
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  }
  const matrix = new Map<string, { metric: Point['labels']; values: [number, string][] }>();
  // Loki aligns the first point to a multiple of the step.
  for (let at = Math.ceil(first / stepMs) * stepMs; at <= last; at += stepMs) {
    for (const { labels, value } of toVector(query(store, at))) {
      const key = keyOf(labels);
      const known = matrix.get(key) ?? { metric: labels, values: [] };
      known.values.push([at / 1000, String(value)]);
      matrix.set(key, known);
    }
  }
  return success({ resultType: 'matrix', result: [...matrix.values()], stats: {} });
}

function queryInstant(store: LogStore, request: HttpRequest): HttpAnswer {
  const syntax = readQuery(request);
  if (!isMetric(syntax)) {
    throw new BadRequest(
      'log queries are not supported as an instant query type, please change your query to a range query type',
    );
  }
  const at = Number(readTime(request.query.get('time'), nowNs()) / 1_000_000n);
  const value = readMetric(syntax, syntax.top)(store, at);
  if (typeof value === 'number')
    return success({ resultType: 'scalar', result: [at / 1000, String(value)], stats: {} });
  const result = value.map((point) => ({ metric: point.labels, value: [at / 1000, String(point.value)] }));
  return success({ resultType: 'vector', result, stats: {} });
}

function logQuery(store: LogStore, syntax: Syntax, request: HttpRequest, start: bigint, end: bigint): HttpAnswer {
  const pipeline = readPipeline(syntax, syntax.top);
  requireMatcher(pipeline.matchers);
  const limit = Math.min(Number(request.query.get('limit') ?? 100), maxLines);
  const isForward = request.query.get('direction')?.toLowerCase() === 'forward';
  const lines = pipeline.run(store.between(start, end));
  const chosen = isForward ? lines.slice(0, limit) : lines.reverse().slice(0, limit);
  const flags = (request.headers['x-loki-response-encoding-flags'] ?? '').split(',').filter(Boolean);
  const categorizes = flags.includes('categorize-labels');
  const streams = new Map<string, { stream: Record<string, string>; values: unknown[] }>();
  for (const line of chosen) {
    const labels = categorizes ? line.entry.labels : line.labels;
    const key = keyOf(labels);
    const known = streams.get(key) ?? { stream: labels, values: [] };
    const value = [String(line.entry.time), line.text];
    known.values.push(categorizes ? [...value, categorized(line)] : value);
    streams.set(key, known);
  }
  return success({
    resultType: 'streams',
    result: [...streams.values()],
    stats: {},
    ...(categorizes && { encodingFlags: ['categorize-labels'] }),
  });
}

function categorized({ entry, labels, parsed }: Line): object {
  const structuredMetadata = Object.fromEntries(Object.entries(entry.metadata).filter(([name]) => name in labels));
  const extracted = Object.fromEntries(Object.entries(labels).filter(([name]) => parsed.has(name)));
  return {
    ...(Object.keys(structuredMetadata).length > 0 && { structuredMetadata }),
    ...(Object.keys(extracted).length > 0 && { parsed: extracted }),
  };
}

function labelNames(store: LogStore, { query }: HttpRequest): HttpAnswer {
  const { start, end } = readWindow(query, 6 * hourMs);
  const names = new Set(store.between(start, end).flatMap(({ labels }) => Object.keys(labels)));
  return success([...names].sort());
}

function labelValues(store: LogStore, { query }: HttpRequest, name = ''): HttpAnswer {
  const { start, end } = readWindow(query, 6 * hourMs);
  const values = store.between(start, end).flatMap(({ labels }) => labels[name] ?? []);
  return success([...new Set(values)].sort());
}

function series(store: LogStore, { query }: HttpRequest): HttpAnswer {
  const { start, end } = readWindow(query, 6 * hourMs);
  const selectors = query.getAll('match[]').concat(query.getAll('match'));
  const pipelines = selectors.map((text) => {
    const syntax = parseQuery(text);
    return readPipeline(syntax, syntax.top);
  });
  const found = store
    .between(start, end)
    .map(({ labels }) => labels)
    .filter((labels) => pipelines.length === 0 || pipelines.some(({ matchers }) => accepts(matchers, labels)));
  return success([...new Map(found.map((labels) => [keyOf(labels), labels])).values()]);
}

function toVector(value: Point[] | number): Point[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

function readStep(query: URLSearchParams, windowMs: number): number {
  const text = query.get('step');
  if (text === null) return Math.max(Math.floor(windowMs / 1000 / 250), 1) * 1000;
  const step = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : durationMs(text);
  if (step <= 0)
    throw new BadRequest('zero or negative query resolution step widths are not accepted. Try a positive integer');
  return step;
}
