import { durationMs } from '../../engines/stand-ins/process';
import { keyOf, type Labels } from '../../engines/wire/labels';
import type { MemoryStore } from './memory-store';
import { parsePromql } from './promql/parse';
import {
  checkUnique,
  type Expression,
  PromqlExecutionError,
  PromqlParseError,
  PromqlUnsupported,
} from './promql/values';
import { readSelector } from './selector';
import { jsonAnswer, type StoreAnswer } from './store';

/** Prometheus's limit of points per series in a range query. */
const maxPoints = 11_000;

/** Prometheus's HTTP API (prometheus.io/docs, "HTTP API") over the memory store. */
export function answerQuery(store: MemoryStore, path: string, parameters: URLSearchParams, now: number): StoreAnswer {
  try {
    const value = /^label\/([^/]+)\/values$/.exec(path);
    if (path === 'query') return success(instant(store, parameters, now));
    if (path === 'query_range') return success(range(store, parameters));
    if (path === 'series') return success(series(store, parameters, now));
    if (path === 'labels') return success(labelNames(store, parameters, now));
    if (path === 'metadata') return success(metadata(store, parameters));
    if (value) return success(labelValues(store, decodeURIComponent(value[1] ?? ''), parameters, now));
    return failure(404, 'not_found', `the stand-in has no /api/v1/${path}`);
  } catch (error) {
    if (error instanceof PromqlParseError) {
      return failure(400, 'bad_data', `invalid parameter "query": ${error.message}`);
    }
    if (error instanceof BadParameter) return failure(400, 'bad_data', error.message);
    if (error instanceof PromqlExecutionError) return failure(422, 'execution', error.message);
    if (error instanceof PromqlUnsupported) return failure(501, 'unsupported', `Prometheus stand-in: ${error.message}`);
    throw error;
  }
}

class BadParameter extends Error {
  override readonly name = 'BadParameter';
}

function instant(store: MemoryStore, parameters: URLSearchParams, now: number): object {
  const expression = parsePromql(parameters.get('query') ?? '');
  const time = readTime(parameters, 'time', now);
  const moment = { source: store, time };
  const stamp = (value: number): [number, string] => [time / 1000, numberText(value)];
  switch (expression.type) {
    case 'scalar':
      return { resultType: 'scalar', result: stamp(expression.at(moment)) };
    case 'string':
      return { resultType: 'string', result: [time / 1000, expression.at(moment)] };
    case 'vector': {
      const points = checkUnique(expression.at(moment));
      return {
        resultType: 'vector',
        result: points.map(({ labels, value }) => ({ metric: labels, value: stamp(value) })),
      };
    }
    case 'matrix': {
      const result = expression.at(moment).series.map(({ labels, times, values }) => ({
        metric: labels,
        values: times.map((at, index) => [at / 1000, numberText(values[index] ?? 0)]),
      }));
      return { resultType: 'matrix', result };
    }
  }
}

function range(store: MemoryStore, parameters: URLSearchParams): object {
  const query = parameters.get('query') ?? '';
  const expression = parsePromql(query);
  const start = readTime(parameters, 'start');
  const end = readTime(parameters, 'end');
  if (end < start) throw new BadParameter('invalid parameter "end": end timestamp must not be before start time');
  const step = readStep(parameters.get('step'));
  if ((end - start) / step > maxPoints) {
    throw new BadParameter(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  if (expression.type !== 'vector' && expression.type !== 'scalar') {
    const given = expression.type === 'matrix' ? 'range vector' : 'string';
    throw new PromqlParseError(`invalid expression type "${given}" for range query, must be Scalar or instant Vector`);
  }
  const matrix = new Map<string, { metric: Labels; values: [number, string][] }>();
  for (let time = start; time <= end; time += step) {
    for (const { labels, value } of pointsAt(expression, store, time)) {
      const key = keyOf(labels);
      const known = matrix.get(key) ?? { metric: labels, values: [] };
      known.values.push([time / 1000, numberText(value)]);
      matrix.set(key, known);
    }
  }
  return { resultType: 'matrix', result: [...matrix.values()] };
}

function pointsAt(
  expression: Expression,
  source: MemoryStore,
  time: number,
): readonly { labels: Labels; value: number }[] {
  if (expression.type === 'scalar') return [{ labels: {}, value: expression.at({ source, time }) }];
  return expression.type === 'vector' ? checkUnique(expression.at({ source, time })) : [];
}

function selected(store: MemoryStore, parameters: URLSearchParams, now: number): readonly Labels[] {
  const from = readTime(parameters, 'start', 0);
  const to = readTime(parameters, 'end', now);
  const selectors = parameters.getAll('match[]');
  const matchers = selectors.length === 0 ? [[]] : selectors.map(readSelector);
  const found = matchers.flatMap((each) => store.select(each, from, to).map(({ labels }) => labels));
  return [...new Map(found.map((labels) => [keyOf(labels), labels])).values()];
}

function series(store: MemoryStore, parameters: URLSearchParams, now: number): readonly Labels[] {
  if (!parameters.has('match[]')) throw new BadParameter('no match[] parameter provided');
  return selected(store, parameters, now);
}

function labelNames(store: MemoryStore, parameters: URLSearchParams, now: number): readonly string[] {
  return [...new Set(selected(store, parameters, now).flatMap((labels) => Object.keys(labels)))].sort();
}

function labelValues(store: MemoryStore, name: string, parameters: URLSearchParams, now: number): readonly string[] {
  return [...new Set(selected(store, parameters, now).flatMap((labels) => labels[name] ?? []))].sort();
}

function metadata(store: MemoryStore, parameters: URLSearchParams): object {
  const wanted = parameters.get('metric');
  const entries = [...store.metadata.values()].filter(({ name }) => wanted === null || name === wanted);
  return Object.fromEntries(entries.map(({ name, type, help, unit }) => [name, [{ type, help, unit }]]));
}

/** Milliseconds from seconds with or without a fraction, or RFC 3339. */
function readTime(parameters: URLSearchParams, name: string, otherwise?: number): number {
  const text = parameters.get(name);
  if ((text === null || text === '') && otherwise !== undefined) return otherwise;
  const value = /^-?\d+(\.\d+)?$/.test(text ?? '') ? Math.round(Number(text) * 1000) : Date.parse(text ?? '');
  if (Number.isNaN(value)) {
    throw new BadParameter(
      `invalid parameter "${name}": cannot parse ${JSON.stringify(text ?? '')} to a valid timestamp`,
    );
  }
  return value;
}

function readStep(text: string | null): number {
  let step: number;
  try {
    step = /^\d+(\.\d+)?$/.test(text ?? '') ? Number(text) * 1000 : durationMs(text ?? '');
  } catch {
    throw new BadParameter(`invalid parameter "step": cannot parse ${JSON.stringify(text ?? '')} to a valid duration`);
  }
  if (step <= 0) {
    throw new BadParameter(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return step;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function success(data: unknown): StoreAnswer {
  return jsonAnswer(200, { status: 'success', data });
}

function failure(status: number, errorType: string, error: string): StoreAnswer {
  return jsonAnswer(status, { status: 'error', errorType, error });
}
