import { children, find, findAll, type Syntax, type SyntaxNode } from '../../../engines/wire/grammar';
import { groupByLabels, type Labels } from '../../../engines/wire/labels';
import { quantileOf } from './quantile';
import { type Expression, only, type Point, PromqlParseError, PromqlUnsupported, vector, without } from './values';

type Compile = (syntax: Syntax, node: SyntaxNode) => Expression;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / values.length;
const variance = (values: readonly number[]): number => {
  const mean = average(values);
  return average(values.map((value) => (value - mean) ** 2));
};

const operations: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum,
  avg: average,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
};

/** sum, avg, min, max, count, group, stddev, stdvar, quantile, topk and bottomk, by or without labels. */
export function aggregate(syntax: Syntax, node: SyntaxNode, compile: Compile): Expression {
  const name = syntax.of(find(node, 'AggregateOp') ?? node).toLowerCase();
  const args = children(node.getChild('FunctionCallBody') ?? node).map((each) => compile(syntax, each));
  const operand = args.at(-1);
  const parameter = args.length > 1 ? args[0] : undefined;
  const wantsParameter = ['quantile', 'topk', 'bottomk', 'count_values', 'limitk', 'limit_ratio'].includes(name);
  if (args.length !== (wantsParameter ? 2 : 1)) {
    throw new PromqlParseError(
      `parse error: wrong number of arguments for aggregate expression provided, expected ${wantsParameter ? 2 : 1}, got ${args.length}`,
    );
  }
  if (operand?.type !== 'vector') {
    throw new PromqlParseError(
      `parse error: expected type instant vector in aggregation expression, got ${typeName(operand)}`,
    );
  }
  const keys = grouping(syntax, node);
  const operation = operations[name];
  if (operation) {
    return vector((moment) =>
      groupByLabels(operand.at(moment), keys).map(({ labels, members }) => ({
        labels,
        value: operation(members.map(({ value }) => value)),
      })),
    );
  }
  if (parameter?.type !== 'scalar') throw new PromqlUnsupported(`the aggregation ${name} is not evaluated here`);
  if (name === 'quantile') {
    return vector((moment) =>
      groupByLabels(operand.at(moment), keys).map(({ labels, members }) => ({
        labels,
        value: quantileOf(
          parameter.at(moment),
          members.map(({ value }) => value),
        ),
      })),
    );
  }
  if (name !== 'topk' && name !== 'bottomk')
    throw new PromqlUnsupported(`the aggregation ${name} is not evaluated here`);
  const direction = name === 'topk' ? -1 : 1;
  return vector((moment) =>
    groupByLabels(operand.at(moment), keys).flatMap(({ members }) =>
      [...members]
        .sort((a: Point, b: Point) => direction * (a.value - b.value))
        .slice(0, Math.max(0, parameter.at(moment))),
    ),
  );
}

function grouping(syntax: Syntax, node: SyntaxNode): (point: Point) => Labels {
  const modifier = node.getChild('AggregateModifier');
  if (modifier === null) return () => ({});
  const names = findAll(modifier, 'LabelName').map((each) => syntax.of(each));
  if (find(modifier, 'Without')) return ({ labels }) => without(labels, '__name__', ...names);
  return ({ labels }) => only(labels, names);
}

export function typeName(expression: Expression | undefined): string {
  if (expression?.type === 'vector') return 'instant vector';
  if (expression?.type === 'matrix') return 'range vector';
  return expression?.type ?? 'none';
}
