import {
  anchoredDotAll,
  children,
  find,
  findAll,
  type Syntax,
  type SyntaxNode,
  unquote,
} from '../../../engines/wire/grammar';
import { aggregate, typeName } from './aggregate';
import { binary } from './binary';
import { callFunction } from './functions';
import { parseDuration, parseNumber } from './literals';
import {
  type Expression,
  type Matcher,
  type MatrixExpression,
  type Moment,
  type Point,
  PromqlParseError,
  PromqlUnsupported,
  type RangeSeries,
  scalar,
  vector,
  without,
} from './values';

/** Prometheus's --query.lookback-delta: a sample counts as current for five minutes, unless a stale marker ends it. */
const lookbackMs = 5 * 60_000;

/** Compiles a syntax node into a function of the evaluation time. */
export function compile(syntax: Syntax, node: SyntaxNode): Expression {
  const [first] = children(node);
  switch (node.name) {
    case 'ParenExpr':
      if (first) return compile(syntax, first);
      break;
    case 'NumberDurationLiteral': {
      const value = parseNumber(syntax.of(node));
      return scalar(() => value);
    }
    case 'StringLiteral': {
      const value = unquote(syntax.of(node));
      return { type: 'string', at: () => value };
    }
    case 'VectorSelector':
      return instantSelector(syntax, node, 0);
    case 'MatrixSelector':
      return rangeSelector(syntax, node, 0);
    case 'SubqueryExpr':
      return subquery(syntax, node, 0);
    case 'OffsetExpr':
      return offset(syntax, node);
    case 'UnaryExpr':
      return unary(syntax, node);
    case 'AggregateExpr':
      return aggregate(syntax, node, compile);
    case 'FunctionCall':
      return sampleTimes(syntax, node) ?? callFunction(syntax, node, compile);
    case 'BinaryExpr': {
      // The grammar parses -2 ^ 2 as (-2) ^ 2; in Prometheus `^` has the higher precedence.
      const text = first?.name === 'NumberDurationLiteral' && node.getChild('Pow') ? syntax.of(first) : '';
      if (text.startsWith('-')) {
        const base = parseNumber(text.slice(1));
        return signed(
          '-',
          binary(
            syntax,
            node,
            compile,
            scalar(() => base),
          ),
        );
      }
      return binary(syntax, node, compile);
    }
  }
  throw new PromqlUnsupported(`"${syntax.of(node)}" (${node.name}) is not evaluated here`);
}

export function readMatchers(syntax: Syntax, node: SyntaxNode): readonly Matcher[] {
  const name = node.getChild('Identifier');
  const own: Matcher[] = name ? [equal('__name__', syntax.of(name))] : [];
  const quoted = findAll(node, 'QuotedLabelName').filter((each) => each.parent?.name === 'LabelMatchers');
  for (const each of quoted) own.push(equal('__name__', unquote(syntax.of(each))));
  const rest = [...findAll(node, 'UnquotedLabelMatcher'), ...findAll(node, 'QuotedLabelMatcher')].map((matcher) => {
    const [label, operator, value] = children(matcher).map((child) => syntax.of(child));
    const labelName = label?.startsWith('"') ? unquote(label) : (label ?? '');
    return { name: labelName, matches: comparison(operator ?? '=', unquote(value ?? '""')) };
  });
  const matchers = [...own, ...rest];
  if (matchers.every(({ matches }) => matches(''))) {
    throw new PromqlParseError('parse error: vector selector must contain at least one non-empty matcher');
  }
  return matchers;
}

function equal(name: string, value: string): Matcher {
  return { name, matches: (text) => text === value };
}

function comparison(operator: string, value: string): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const expression = anchoredDotAll(value);
  return operator === '=~' ? (text) => expression.test(text) : (text) => !expression.test(text);
}

function instantSelector(syntax: Syntax, node: SyntaxNode, offsetMs: number): Expression {
  const newest = newestSamples(syntax, node, offsetMs);
  return vector((moment) => newest(moment).map(({ labels, value }) => ({ labels, value })));
}

/** `timestamp(selector)`: the time of each newest sample, in seconds. Undefined for any other call. */
function sampleTimes(syntax: Syntax, node: SyntaxNode): Expression | undefined {
  const name = node.getChild('FunctionIdentifier');
  const [only, ...others] = children(node.getChild('FunctionCallBody') ?? node);
  if (!name || syntax.of(name) !== 'timestamp' || only?.name !== 'VectorSelector' || others.length > 0)
    return undefined;
  const newest = newestSamples(syntax, only, 0);
  return vector((moment) =>
    newest(moment).map(({ labels, time }) => ({ labels: without(labels, '__name__'), value: time / 1000 })),
  );
}

/** The newest sample of each series that the selector matches, with its time, unless it is older than the lookback. */
function newestSamples(syntax: Syntax, node: SyntaxNode, offsetMs: number) {
  const matchers = readMatchers(syntax, node);
  return ({ source, time }: Moment): readonly (Point & { readonly time: number })[] => {
    const at = time - offsetMs;
    return source.select(matchers, at - lookbackMs, at).flatMap(({ labels, values, times }) => {
      const [value, sampled] = [values.at(-1), times.at(-1)];
      return value === undefined || sampled === undefined || Number.isNaN(value)
        ? []
        : [{ labels, value, time: sampled }];
    });
  };
}

function rangeSelector(syntax: Syntax, node: SyntaxNode, offsetMs: number): MatrixExpression {
  const selector = node.getChild('VectorSelector') ?? node;
  const rangeMs = parseDuration(syntax.of(node.getChild('DurationExpr') ?? node));
  const matchers = readMatchers(syntax, selector);
  return {
    type: 'matrix',
    at: ({ source, time }) => {
      const to = time - offsetMs;
      const from = to - rangeMs;
      return { from, to, series: source.select(matchers, from, to).map(withoutStale).filter(hasSamples) };
    },
  };
}

function withoutStale(series: RangeSeries): RangeSeries {
  if (!series.values.some(Number.isNaN)) return series;
  const kept = series.values.flatMap((value, index) => (Number.isNaN(value) ? [] : [index]));
  return {
    labels: series.labels,
    times: kept.map((index) => series.times[index] ?? 0),
    values: kept.map((index) => series.values[index] ?? 0),
  };
}

function hasSamples({ times }: RangeSeries): boolean {
  return times.length > 0;
}

/**
 * `expr[range:step]`: the inner expression at every multiple of the step in the range; the step defaults to the
 * evaluation interval of one minute.
 */
function subquery(syntax: Syntax, node: SyntaxNode, offsetMs: number): MatrixExpression {
  const [innerNode] = children(node);
  const [rangeText = '0s', stepText = '1m'] = node.getChildren('DurationExpr').map((each) => syntax.of(each));
  const inner = innerNode && compile(syntax, innerNode);
  if (inner?.type !== 'vector' && inner?.type !== 'scalar') {
    throw new PromqlParseError(`parse error: subquery is only allowed on instant vector, got ${inner?.type} instead`);
  }
  const rangeMs = parseDuration(rangeText);
  const stepMs = parseDuration(stepText);
  // As Prometheus does, the inner expression is evaluated once at each of its steps, however many steps of the query
  // look back on it.
  const evaluated = new Map<number, readonly Point[]>();
  const pointsAt = (moment: Moment): readonly Point[] => {
    const known = evaluated.get(moment.time);
    if (known) return known;
    const points = inner.type === 'scalar' ? [{ labels: {}, value: inner.at(moment) }] : inner.at(moment);
    evaluated.set(moment.time, points);
    return points;
  };
  return {
    type: 'matrix',
    at: ({ source, time }) => {
      const to = time - offsetMs;
      const from = to - rangeMs;
      const series = new Map<string, { labels: RangeSeries['labels']; times: number[]; values: number[] }>();
      for (let at = Math.floor(from / stepMs) * stepMs + stepMs; at <= to; at += stepMs) {
        for (const { labels, value } of pointsAt({ source, time: at })) {
          const key = JSON.stringify(labels);
          const known = series.get(key) ?? { labels, times: [], values: [] };
          known.times.push(at);
          known.values.push(value);
          series.set(key, known);
        }
      }
      return { from, to, series: [...series.values()] };
    },
  };
}

function offset(syntax: Syntax, node: SyntaxNode): Expression {
  const [inner] = children(node);
  const text = syntax.of(find(node, 'OffsetDurationExpr') ?? node).replaceAll(/\s/g, '');
  const offsetMs = text.startsWith('-') ? -parseDuration(text.slice(1)) : parseDuration(text);
  if (inner?.name === 'VectorSelector') return instantSelector(syntax, inner, offsetMs);
  if (inner?.name === 'MatrixSelector') return rangeSelector(syntax, inner, offsetMs);
  if (inner?.name === 'SubqueryExpr') return subquery(syntax, inner, offsetMs);
  throw new PromqlParseError(
    'parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
  );
}

function unary(syntax: Syntax, node: SyntaxNode): Expression {
  const [operator, operand] = children(node);
  if (operator === undefined || operand === undefined)
    throw new PromqlParseError('parse error: unexpected end of input');
  return signed(syntax.of(operator), compile(syntax, operand));
}

function signed(operator: string, operand: Expression): Expression {
  const sign = operator === '-' ? -1 : 1;
  if (operand.type === 'scalar') return scalar((moment) => sign * operand.at(moment));
  if (operand.type === 'vector') {
    return vector((moment) =>
      operand.at(moment).map(({ labels, value }) => ({ labels: without(labels, '__name__'), value: sign * value })),
    );
  }
  throw new PromqlParseError(
    `parse error: unary expression only allowed on expressions of type scalar or instant vector, got "${typeName(operand)}"`,
  );
}
