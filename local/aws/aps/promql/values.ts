import { keyOf, type Labels } from '../../../engines/wire/labels';

export interface Point {
  readonly labels: Labels;
  readonly value: number;
}
/** The samples of one series in a range, oldest first. Times are milliseconds since the epoch. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}
export interface Range {
  readonly series: readonly RangeSeries[];
  /** The range's start (exclusive) and end (inclusive). */
  readonly from: number;
  readonly to: number;
}

export interface Matcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
}

/** The series that a query reads. */
export interface SeriesSource {
  /** Samples with `from` < time ≤ `to`; a stale marker is NaN. Series without samples there are left out. */
  select(matchers: readonly Matcher[], from: number, to: number): readonly RangeSeries[];
}

export interface Moment {
  readonly source: SeriesSource;
  readonly time: number;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';
interface Typed<Type extends ValueType, Value> {
  readonly type: Type;
  at(moment: Moment): Value;
}
export type ScalarExpression = Typed<'scalar', number>;
export type VectorExpression = Typed<'vector', readonly Point[]>;
export type MatrixExpression = Typed<'matrix', Range>;
export type StringExpression = Typed<'string', string>;
export type Expression = ScalarExpression | VectorExpression | MatrixExpression | StringExpression;

export function scalar(at: (moment: Moment) => number): ScalarExpression {
  return { type: 'scalar', at };
}
export function vector(at: (moment: Moment) => readonly Point[]): VectorExpression {
  return { type: 'vector', at };
}

/** The query is not PromQL: 400 with Prometheus's message. `position` counts from 0. */
export class PromqlParseError extends Error {
  override readonly name = 'PromqlParseError';
}
/** The evaluation failed on this data: 422. */
export class PromqlExecutionError extends Error {
  override readonly name = 'PromqlExecutionError';
}
/** PromQL that this evaluator does not support: 501; the message names it. */
export class PromqlUnsupported extends Error {
  override readonly name = 'PromqlUnsupported';
}

export function without(labels: Labels, ...names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

export function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

/** A series as Prometheus writes it: `up{job="x"}`. */
export function seriesText(labels: Labels): string {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__')
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  const metric = labels['__name__'] ?? '';
  return pairs.length > 0 || metric === '' ? `${metric}{${pairs.join(', ')}}` : metric;
}

/** A vector with two points of the same labels is an error, as in Prometheus. */
export function checkUnique(points: readonly Point[]): readonly Point[] {
  const seen = new Set<string>();
  for (const { labels } of points) {
    const key = keyOf(labels);
    if (seen.has(key)) throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
    seen.add(key);
  }
  return points;
}
