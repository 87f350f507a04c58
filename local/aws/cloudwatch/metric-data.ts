import { AwsError, type Json, type JsonObject, type Output } from '../../kernel/contracts';
import { formList } from '../../kernel/protocols/form';
import type { DataPoint, Dimensions, MetricName, MetricStore } from './metric-store';
import { statisticOf } from './statistics';

/** The limits of queries and data points in one request (Amazon CloudWatch API reference, GetMetricData). */
const MAX_QUERIES = 500;

/** The queries' time series. Throws for metric math and searches, which are not supported. */
export function getMetricData(store: MetricStore, input: JsonObject): Output {
  const from = readTime(input, 'StartTime');
  const to = readTime(input, 'EndTime');
  if (from >= to) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  const queries = formList(input, 'MetricDataQueries').map(asObject);
  if (queries.length === 0) throw invalid('The parameter MetricDataQueries is required.');
  if (queries.length > MAX_QUERIES)
    throw invalid(`The parameter MetricDataQueries has more than ${MAX_QUERIES} entries.`);
  const ids = queries.map(({ Id }) => String(Id ?? ''));
  const wrong = ids.find((id, index) => !/^[a-z][a-zA-Z0-9_]*$/.test(id) || ids.indexOf(id) !== index);
  if (wrong !== undefined) throw invalid(`The Id "${wrong}" must be unique and match ^[a-z][a-zA-Z0-9_]*$.`);
  const ascending = input['ScanBy'] === 'TimestampAscending';
  return {
    MetricDataResults: queries
      .filter(({ ReturnData }) => String(ReturnData ?? true) === 'true')
      .map((query) => result(store, query, { from, to }, ascending)),
    Messages: [],
  };
}

function result(
  store: MetricStore,
  query: JsonObject,
  range: { readonly from: number; readonly to: number },
  ascending: boolean,
): Output {
  if (query['Expression'] !== undefined)
    throw new AwsError(
      'UnsupportedOperation',
      `The local CloudWatch knows no metric math or search (${String(query['Expression'])})`,
    );
  const stat = asObject(query['MetricStat']);
  const metric = readMetric(asObject(stat['Metric']));
  const period = Number(stat['Period']);
  if (!Number.isInteger(period) || period < 60 || period % 60 !== 0)
    throw invalid(`The Period ${String(stat['Period'])} is not a multiple of 60.`);
  const statistic = statisticOf(String(stat['Stat'] ?? ''));
  const buckets = byPeriod(store.points(metric, floor(range.from, 60_000), range.to), period * 1000);
  const times = [...buckets.keys()].sort((a, b) => (ascending ? a - b : b - a));
  return {
    Id: String(query['Id']),
    Label: typeof query['Label'] === 'string' && query['Label'] !== '' ? query['Label'] : metric.name,
    Timestamps: times.map((time) => new Date(time)),
    Values: times.map((time) => statistic(buckets.get(time) ?? [])),
    StatusCode: 'Complete',
  };
}

/** ListMetrics: filters by the given namespace, name and dimensions. */
export function listMetrics(store: MetricStore, input: JsonObject): Output {
  const filters = formList(input, 'Dimensions').map(asObject);
  const metrics = store.list().filter(
    ({ namespace, name, dimensions }) =>
      [undefined, namespace].includes(input['Namespace'] as string | undefined) &&
      [undefined, name].includes(input['MetricName'] as string | undefined) &&
      filters.every(({ Name, Value }) => {
        const own = dimensions[String(Name)];
        return own !== undefined && (Value === undefined || own === Value);
      }),
  );
  return {
    Metrics: metrics.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
  };
}

function byPeriod(points: readonly DataPoint[], periodMs: number): ReadonlyMap<number, readonly number[]> {
  const buckets = new Map<number, number[]>();
  for (const { at, value } of points) {
    const start = floor(at, periodMs);
    const values = buckets.get(start) ?? [];
    values.push(value);
    buckets.set(start, values);
  }
  return buckets;
}

function readMetric(metric: JsonObject): MetricName {
  const { Namespace: namespace, MetricName: name } = metric;
  if (typeof namespace !== 'string' || typeof name !== 'string')
    throw invalid('The parameters Namespace and MetricName are required.');
  const dimensions: Dimensions = Object.fromEntries(
    formList(metric, 'Dimensions')
      .map(asObject)
      .map(({ Name, Value }) => [String(Name), String(Value)]),
  );
  return { namespace, name, dimensions };
}

/** Epoch seconds in JSON, ISO 8601 in the query protocol. */
function readTime(input: JsonObject, name: string): number {
  const value = input[name];
  const time = typeof value === 'number' ? value * 1000 : Date.parse(String(value));
  if (Number.isNaN(time)) throw invalid(`The parameter ${name} is required.`);
  return time;
}

const floor = (time: number, step: number): number => Math.floor(time / step) * step;

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
