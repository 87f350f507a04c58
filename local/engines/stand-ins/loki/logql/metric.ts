import { children, find, findAll, type Syntax, type SyntaxNode } from '../../../wire/grammar';
import { BadRequest, NotImplemented } from '../../../wire/http-server';
import { groupByLabels, keyOf, type Labels } from '../../../wire/labels';
import { durationMs } from '../../process';
import type { LogStore } from '../store';
import { compare } from './label-filter';
import { readPipeline } from './pipeline';

export interface Point {
  readonly labels: Labels;
  readonly value: number;
}
/** The value of a metric query at one time (milliseconds): a vector, or a number for a literal. */
export type MetricQuery = (store: LogStore, atMs: number) => Point[] | number;

/** Throws NotImplemented for LogQL that the stand-in does not support. */
export function readMetric(syntax: Syntax, node: SyntaxNode): MetricQuery {
  switch (node.name) {
    case 'LogQL':
    case 'Expr':
    case 'MetricExpr': {
      const [only] = children(node);
      if (only !== undefined) return readMetric(syntax, only);
      break;
    }
    case 'LiteralExpr': {
      const value = Number(syntax.of(node));
      return () => value;
    }
    // Grafana's health check of a Loki data source is the query `vector(1)+vector(1)`.
    case 'VectorExpr': {
      const value = Number(/\(([^)]*)\)/.exec(syntax.of(node))?.[1]);
      return () => [{ labels: {}, value }];
    }
    case 'RangeAggregationExpr':
      return rangeAggregation(syntax, node);
    case 'VectorAggregationExpr':
      return vectorAggregation(syntax, node);
    case 'BinOpExpr':
      return binaryOperation(syntax, node);
  }
  throw new NotImplemented(`"${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
}

function rangeAggregation(syntax: Syntax, node: SyntaxNode): MetricQuery {
  const operation = syntax.of(find(node, 'RangeOp') ?? node);
  const range = find(node, 'LogRangeExpr');
  const duration = range && find(range, 'Range');
  if (!range || !duration || node.getChild('Grouping')) {
    throw new NotImplemented(`"${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
  }
  const rangeMs = durationMs(syntax.of(find(duration, 'Duration') ?? duration));
  const offset = find(range, 'OffsetExpr');
  const offsetMs = offset ? durationMs(syntax.of(find(offset, 'Duration') ?? offset)) : 0;
  const pipeline = readPipeline(syntax, range);
  const measure = measures[operation];
  if (measure === undefined) throw new NotImplemented(`${operation} of the query ${syntax.text} is not implemented`);
  return (store, atMs) => {
    const end = BigInt(Math.round(atMs - offsetMs)) * 1_000_000n;
    // Loki's range is open at its start and closed at its end.
    const lines = pipeline.run(store.between(end - BigInt(Math.round(rangeMs)) * 1_000_000n + 1n, end + 1n));
    const failed = lines.find(({ labels }) => labels['__error__']);
    if (failed)
      throw new BadRequest(
        `pipeline error: '${failed.labels['__error__']}' for series: '${JSON.stringify(failed.labels)}'.`,
      );
    return groupByLabels(lines, ({ labels }) => labels).map(({ labels, members }) => ({
      labels,
      value: measure(
        members.map(({ text }) => text),
        rangeMs / 1000,
      ),
    }));
  };
}

const measures: Readonly<Record<string, (lines: readonly string[], seconds: number) => number>> = {
  count_over_time: (lines) => lines.length,
  rate: (lines, seconds) => lines.length / seconds,
  bytes_over_time: (lines) => bytes(lines),
  bytes_rate: (lines, seconds) => bytes(lines) / seconds,
};

const aggregations: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
};

function vectorAggregation(syntax: Syntax, node: SyntaxNode): MetricQuery {
  const operation = syntax.of(find(node, 'VectorOp') ?? node);
  const inner = node.getChild('MetricExpr');
  const aggregate = aggregations[operation];
  if (inner === null || (aggregate === undefined && operation !== 'topk')) {
    throw new NotImplemented(`${operation} of the query ${syntax.text} is not implemented`);
  }
  const query = readMetric(syntax, inner);
  if (aggregate === undefined) {
    const limit = Number(syntax.of(node.getChild('Number') ?? node));
    return (store, atMs) =>
      vector(query(store, atMs))
        .sort((a, b) => b.value - a.value)
        .slice(0, limit);
  }
  const grouping = node.getChild('Grouping');
  const names = new Set(grouping ? findAll(grouping, 'Identifier').map((each) => syntax.of(each)) : []);
  const isWithout = grouping !== null && find(grouping, 'Without') !== undefined;
  const labelsOf = ({ labels }: Point): Labels =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => names.has(name) !== isWithout));
  return (store, atMs) =>
    groupByLabels(vector(query(store, atMs)), labelsOf).map(({ labels, members }) => ({
      labels,
      value: aggregate(members.map(({ value }) => value)),
    }));
}

function binaryOperation(syntax: Syntax, node: SyntaxNode): MetricQuery {
  const [leftNode, operatorNode] = children(node);
  const rightNode = children(node).at(-1);
  const modifier = node.getChild('BinOpModifier');
  const operator = operatorNode ? syntax.of(operatorNode) : '';
  if (!leftNode || !rightNode || (modifier && syntax.of(modifier).trim() !== '')) {
    throw new NotImplemented(`"${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
  }
  const left = readMetric(syntax, leftNode);
  const right = readMetric(syntax, rightNode);
  return (store, atMs) => {
    const a = left(store, atMs);
    const b = right(store, atMs);
    if (typeof a === 'number' && typeof b === 'number') return arithmetic(operator, a, b) ?? a;
    if (typeof b === 'number') return each(vector(a), (value) => arithmetic(operator, value, b));
    if (typeof a === 'number') return each(vector(b), (value) => arithmetic(operator, a, value));
    const others = new Map(b.map(({ labels, value }) => [keyOf(labels), value]));
    return a.flatMap(({ labels, value }) => {
      const other = others.get(keyOf(labels));
      const result = other === undefined ? undefined : arithmetic(operator, value, other);
      return result === undefined ? [] : [{ labels, value: result }];
    });
  };
}

/** Undefined where a comparison filters the value out. */
function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return compare(operator, a, b) ? a : undefined;
  }
}

function each(points: readonly Point[], change: (value: number) => number | undefined): Point[] {
  return points.flatMap(({ labels, value }) => {
    const changed = change(value);
    return changed === undefined ? [] : [{ labels, value: changed }];
  });
}

function vector(value: Point[] | number): Point[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

function bytes(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}
