import { children, find, findAll, type Syntax, type SyntaxNode } from '../../../engines/wire/grammar';
import { keyOf, type Labels } from '../../../engines/wire/labels';
import { typeName } from './aggregate';
import {
  checkUnique,
  type Expression,
  only,
  type Point,
  PromqlExecutionError,
  PromqlParseError,
  scalar,
  seriesText,
  vector,
  without,
} from './values';

type Compile = (syntax: Syntax, node: SyntaxNode) => Expression;

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  atan2: Math.atan2,
};
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};
const sets = ['and', 'or', 'unless'];

interface Matching {
  readonly keyOf: (labels: Labels) => string;
  readonly resultOf: (many: Labels, one: Labels) => Labels;
  readonly grouped: 'left' | 'right' | undefined;
}

/**
 * Arithmetic, comparison and set operators, with bool, on, ignoring, group_left and group_right. `givenLeft` replaces
 * the node's left operand.
 */
export function binary(syntax: Syntax, node: SyntaxNode, compile: Compile, givenLeft?: Expression): Expression {
  const parts = children(node);
  const [leftNode, operatorNode] = parts;
  const rightNode = parts.at(-1);
  if (!leftNode || !operatorNode || !rightNode) throw new PromqlParseError('parse error: incomplete binary expression');
  const operator = syntax.of(operatorNode).toLowerCase();
  const left = givenLeft ?? compile(syntax, leftNode);
  const right = compile(syntax, rightNode);
  const isBool = node.getChild('BoolModifier') !== null;
  for (const side of [left, right]) {
    if (side.type === 'scalar' || side.type === 'vector') continue;
    throw new PromqlParseError(
      `parse error: binary expression must contain only scalar and instant vector types, got ${typeName(side)}`,
    );
  }
  if (sets.includes(operator)) {
    if (left.type !== 'vector' || right.type !== 'vector') {
      throw new PromqlParseError(`parse error: set operator "${operator}" not allowed in binary scalar expression`);
    }
    const { keyOf: key } = readMatching(syntax, node, '');
    return vector((moment) => combine(operator, left.at(moment), right.at(moment), key));
  }
  const apply = operation(operator, isBool);
  if (left.type === 'scalar' && right.type === 'scalar') {
    if (operator in comparisons && !isBool) {
      throw new PromqlParseError('parse error: comparisons between scalars must use BOOL modifier');
    }
    return scalar((moment) => apply(left.at(moment), right.at(moment)) ?? Number.NaN);
  }
  const keepsName = operator in comparisons && !isBool;
  if (left.type === 'vector' && right.type === 'scalar') {
    return vector((moment) => {
      const b = right.at(moment);
      return each(left.at(moment), keepsName, (value) => apply(value, b));
    });
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return vector((moment) => {
      const a = left.at(moment);
      // A comparison returns the vector's value, whether it is the left or the right operand.
      return each(right.at(moment), keepsName, (value) => {
        const result = apply(a, value);
        return keepsName && result !== undefined ? value : result;
      });
    });
  }
  if (left.type !== 'vector' || right.type !== 'vector') throw new PromqlParseError('parse error: unexpected operands');
  const matching = readMatching(syntax, node, keepsName ? 'keep' : 'drop');
  return vector((moment) => match(left.at(moment), right.at(moment), matching, apply));
}

function operation(operator: string, isBool: boolean): (a: number, b: number) => number | undefined {
  const compute = arithmetic[operator];
  if (compute) return compute;
  const compare = comparisons[operator];
  if (compare === undefined) throw new PromqlParseError(`parse error: unexpected operator ${operator}`);
  return isBool ? (a, b) => (compare(a, b) ? 1 : 0) : (a, b) => (compare(a, b) ? a : undefined);
}

function each(points: readonly Point[], keepsName: boolean, change: (value: number) => number | undefined): Point[] {
  return points.flatMap(({ labels, value }) => {
    const changed = change(value);
    return changed === undefined ? [] : [{ labels: keepsName ? labels : without(labels, '__name__'), value: changed }];
  });
}

function readMatching(syntax: Syntax, node: SyntaxNode, names: 'keep' | 'drop' | ''): Matching {
  const clause = node.getChild('MatchingModifierClause');
  const lists = clause
    ?.getChildren('GroupingLabels')
    .map((list) => findAll(list, 'LabelName').map((each) => syntax.of(each)));
  const hasOn = clause !== null && find(clause, 'On') !== undefined;
  const hasIgnoring = clause !== null && find(clause, 'Ignoring') !== undefined;
  const labels = hasOn || hasIgnoring ? (lists?.[0] ?? []) : [];
  const grouped =
    clause && find(clause, 'GroupLeft') ? 'left' : clause && find(clause, 'GroupRight') ? 'right' : undefined;
  const included = grouped ? (lists?.[hasOn || hasIgnoring ? 1 : 0] ?? []) : [];
  const matched = (all: Labels): Labels => (hasOn ? only(all, labels) : without(all, '__name__', ...labels));
  return {
    keyOf: (all) => keyOf(matched(all)),
    grouped,
    resultOf: (many, one) => {
      if (grouped === undefined) {
        if (names === 'keep') return hasOn ? only(many, ['__name__', ...labels]) : without(many, ...labels);
        return matched(many);
      }
      return { ...(names === 'keep' ? many : without(many, '__name__')), ...only(one, included) };
    },
  };
}

function match(
  left: readonly Point[],
  right: readonly Point[],
  { keyOf: key, grouped, resultOf }: Matching,
  apply: (a: number, b: number) => number | undefined,
): readonly Point[] {
  const [many, one] = grouped === 'right' ? [right, left] : [left, right];
  const ones = new Map<string, Point>();
  for (const point of one) {
    const known = ones.get(key(point.labels));
    if (known) {
      throw new PromqlExecutionError(
        `found duplicate series for the match group on the ${grouped === 'right' ? 'left' : 'right'} hand-side of the operation: [${seriesText(point.labels)}, ${seriesText(known.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    }
    ones.set(key(point.labels), point);
  }
  const seen = new Set<string>();
  const results = many.flatMap((point) => {
    const other = ones.get(key(point.labels));
    if (other === undefined) return [];
    if (grouped === undefined && seen.has(key(point.labels))) {
      throw new PromqlExecutionError(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    }
    seen.add(key(point.labels));
    const value = grouped === 'right' ? apply(other.value, point.value) : apply(point.value, other.value);
    return value === undefined ? [] : [{ labels: resultOf(point.labels, other.labels), value }];
  });
  return checkUnique(results);
}

function combine(
  operator: string,
  left: readonly Point[],
  right: readonly Point[],
  key: (labels: Labels) => string,
): readonly Point[] {
  const keys = new Set((operator === 'or' ? left : right).map(({ labels }) => key(labels)));
  if (operator === 'and') return left.filter(({ labels }) => keys.has(key(labels)));
  if (operator === 'unless') return left.filter(({ labels }) => !keys.has(key(labels)));
  return [...left, ...right.filter(({ labels }) => !keys.has(key(labels)))];
}
