/**
 * Server-side expressions: pkg/expr ("Write expression queries" in the Grafana documentation): reduce, threshold and
 * math, but not resample.
 */
import {
  type Frame,
  failed,
  isFailed,
  jsonNumber,
  numberField,
  type QueryResult,
  type Series,
  timeField,
  toSeries,
} from './frames';
import { evaluateMath } from './math';
import { type Query, text } from './query';

/** Adds each expression's result to `results`, in the order of their references. */
export function runExpressions(expressions: readonly Query[], results: Map<string, QueryResult>): void {
  let waiting = [...expressions];
  while (waiting.length > 0) {
    const ready = waiting.filter((query) => references(query).every((refId) => results.has(refId)));
    if (ready.length === 0) {
      for (const query of waiting)
        results.set(
          query.refId,
          failed(400, `could not find expression input for ${query.refId}: ${references(query).join(', ')}`, 'plugin'),
        );
      return;
    }
    for (const query of ready) results.set(query.refId, evaluate(query, results));
    waiting = waiting.filter((query) => !ready.includes(query));
  }
}

export function references(query: Query): string[] {
  const expression = text(query.model['expression']);
  if (query.model['type'] === 'math')
    return [...expression.matchAll(/\$(?:\{([^}]+)\}|(\w+))/g)].map((match) => match[1] ?? match[2] ?? '');
  return [expression];
}

function evaluate(query: Query, results: ReadonlyMap<string, QueryResult>): QueryResult {
  const inputs = new Map<string, readonly Series[]>();
  for (const refId of references(query)) {
    const input = results.get(refId);
    if (input === undefined) return failed(400, `could not find expression input ${refId}`, 'plugin');
    if (isFailed(input))
      return failed(input.status, `failed to execute query ${refId}: ${input.error}`, input.errorSource);
    inputs.set(refId, toSeries(input.frames));
  }
  const source = inputs.get(text(query.model['expression'])) ?? [];
  switch (query.model['type']) {
    case 'reduce':
      return numbers(
        query,
        source.map((series) => ({ labels: series.labels, value: reduce(series, query) })),
      );
    case 'threshold':
      return threshold(query, source);
    case 'math':
      try {
        return toResult(query, evaluateMath(text(query.model['expression']), inputs));
      } catch (error) {
        return failed(
          400,
          `failed to parse expression '${text(query.model['expression'])}': ${error instanceof Error ? error.message : String(error)}`,
          'plugin',
        );
      }
    default:
      return failed(
        501,
        `not evaluated: the Grafana stand-in does not run expressions of type ${text(query.model['type'])}`,
        'plugin',
      );
  }
}

/**
 * Mode "dropNN" drops non-numbers, "replaceNN" replaces them by a value. Otherwise one of them makes the result NaN,
 * except for count.
 */
function reduce(series: Series, query: Query): number {
  const settings = (query.model['settings'] ?? {}) as { mode?: string; replaceWithValue?: number };
  const numeric = (value: number): boolean => Number.isFinite(value);
  const values =
    settings.mode === 'dropNN'
      ? series.values.filter(numeric)
      : settings.mode === 'replaceNN'
        ? series.values.map((value) => (numeric(value) ? value : (settings.replaceWithValue ?? 0)))
        : series.values;
  if (query.model['reducer'] === 'count') return values.length;
  if (values.length === 0) return query.model['reducer'] === 'sum' ? 0 : Number.NaN;
  switch (query.model['reducer']) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'mean':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'median': {
      const sorted = [...values].sort((left, right) => left - right);
      const middle = Math.floor(sorted.length / 2);
      return sorted.length % 2 === 1
        ? (sorted[middle] ?? Number.NaN)
        : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
    }
    default:
      return values[values.length - 1] ?? Number.NaN;
  }
}

interface Evaluator {
  readonly type: string;
  readonly params: readonly number[];
}

function threshold(query: Query, source: readonly Series[]): QueryResult {
  const conditions = query.model['conditions'] as readonly { evaluator: Evaluator }[] | undefined;
  const evaluator = conditions?.[0]?.evaluator;
  if (!evaluator) return failed(400, `threshold expression requires exactly one condition`, 'plugin');
  const values = source.map((series) => ({
    labels: series.labels,
    value: compare(series.values[series.values.length - 1] ?? Number.NaN, evaluator),
  }));
  return numbers(query, values);
}

function compare(value: number, { type, params }: Evaluator): number {
  if (Number.isNaN(value)) return Number.NaN;
  const [low = 0, high = 0] = params;
  const outcomes: Readonly<Record<string, boolean>> = {
    gt: value > low,
    lt: value < low,
    eq: value === low,
    ne: value !== low,
    gte: value >= low,
    lte: value <= low,
    within_range: value > low && value < high,
    outside_range: value < low || value > high,
    within_range_included: value >= low && value <= high,
    outside_range_included: value <= low || value >= high,
  };
  return outcomes[type] ? 1 : 0;
}

function numbers(
  query: Query,
  values: readonly { labels: Readonly<Record<string, string>>; value: number }[],
): QueryResult {
  return toResult(
    query,
    values.map(({ labels, value }) => ({ labels, times: [], values: [value] })),
  );
}

function toResult(query: Query, series: readonly Series[]): QueryResult {
  const frames = series.map((one): Frame => {
    const numeric = one.times.length === 0;
    return {
      schema: {
        refId: query.refId,
        meta: { type: numeric ? 'numeric-multi' : 'timeseries-multi', typeVersion: [0, 1] },
        fields: numeric
          ? [numberField(query.refId, one.labels)]
          : [timeField('Time'), numberField(query.refId, one.labels)],
      },
      data: { values: numeric ? [one.values.map(jsonNumber)] : [one.times, one.values.map(jsonNumber)] },
    };
  });
  return { status: 200, frames };
}
