/**
 * The math expression language of pkg/expr/mathexp: numbers, $A and ${A}, + - * / % **, comparisons, && || !, and the
 * functions abs, log, round, ceil, floor, is_nan, is_null, is_number, is_inf. Two inputs are joined on equal labels; an
 * input without labels is joined with each of the other.
 */
import type { Series } from './frames';

type Inputs = ReadonlyMap<string, readonly Series[]>;
type Node = (inputs: Inputs) => readonly Series[];

export function evaluateMath(expression: string, inputs: Inputs): readonly Series[] {
  const tokens = tokenize(expression);
  const parser = new Parser(tokens);
  const node = parser.parse();
  return node(inputs);
}

const tokenPattern =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\$\{([^}]+)\}|\$(\w+)|([a-z_]+)|(\*\*|&&|\|\||[<>=!]=|[-+*/%<>!(),]))/gy;

interface Token {
  readonly kind: 'number' | 'variable' | 'name' | 'operator' | 'end';
  readonly text: string;
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const trimmed = expression.trimEnd();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (!match) throw new Error(`unexpected character at ${at}`);
    const [, number, braced, variable, name, operator] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (braced !== undefined || variable !== undefined)
      tokens.push({ kind: 'variable', text: braced ?? variable ?? '' });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'operator', text: operator ?? '' });
  }
  return tokens;
}

const truth = (value: boolean): number => (value ? 1 : 0);

const binary: Readonly<Record<string, (left: number, right: number) => number>> = {
  '||': (left, right) => truth(left !== 0 || right !== 0),
  '&&': (left, right) => truth(left !== 0 && right !== 0),
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '>': (left, right) => truth(left > right),
  '<': (left, right) => truth(left < right),
  '>=': (left, right) => truth(left >= right),
  '<=': (left, right) => truth(left <= right),
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '**': (left, right) => left ** right,
};

const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
];

const functions: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  log: Math.log,
  round: Math.round,
  ceil: Math.ceil,
  floor: Math.floor,
  is_nan: (value) => truth(Number.isNaN(value)),
  is_null: (value) => truth(Number.isNaN(value)),
  is_number: (value) => truth(Number.isFinite(value)),
  is_inf: (value) => truth(value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY),
};

class Parser {
  private index = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Node {
    const node = this.level(0);
    if (this.peek().kind !== 'end') throw new Error(`unexpected "${this.peek().text}"`);
    return node;
  }

  private level(depth: number): Node {
    const operators = levels[depth];
    if (!operators) return this.unary();
    let left = this.level(depth + 1);
    while (this.peek().kind === 'operator' && operators.includes(this.peek().text)) {
      const operator = binary[this.next().text];
      const before = left;
      const right = this.level(depth + 1);
      if (operator) left = (inputs) => join(before(inputs), right(inputs), operator);
    }
    return left;
  }

  private unary(): Node {
    const token = this.next();
    if (token.kind === 'number') return () => [{ labels: {}, times: [], values: [Number(token.text)] }];
    if (token.kind === 'variable') return (inputs) => inputs.get(token.text) ?? [];
    if (token.kind === 'operator' && token.text === '(') {
      const node = this.level(0);
      this.expect(')');
      return node;
    }
    if (token.kind === 'operator' && (token.text === '-' || token.text === '!')) {
      const node = this.unary();
      return (inputs) => map(node(inputs), token.text === '-' ? (value) => -value : (value) => truth(value === 0));
    }
    const call = token.kind === 'name' ? functions[token.text] : undefined;
    if (!call) throw new Error(`unexpected "${token.text}"`);
    this.expect('(');
    const argument = this.level(0);
    this.expect(')');
    return (inputs) => map(argument(inputs), call);
  }

  private peek(): Token {
    return this.tokens[this.index] ?? { kind: 'end', text: 'end of expression' };
  }

  private next(): Token {
    const token = this.peek();
    this.index += 1;
    return token;
  }

  private expect(text: string): void {
    const token = this.next();
    if (token.text !== text) throw new Error(`expected "${text}", found "${token.text}"`);
  }
}

function map(series: readonly Series[], change: (value: number) => number): Series[] {
  return series.map((one) => ({ ...one, values: one.values.map(change) }));
}

function join(
  left: readonly Series[],
  right: readonly Series[],
  operator: (left: number, right: number) => number,
): Series[] {
  return left.flatMap((one) =>
    right.filter((other) => matches(one, other)).map((other) => combine(one, other, operator)),
  );
}

function matches(left: Series, right: Series): boolean {
  const keys = (series: Series): string[] => Object.keys(series.labels);
  if (keys(left).length === 0 || keys(right).length === 0) return true;
  const shared = keys(left).filter((key) => key in right.labels);
  const contained = shared.length === Math.min(keys(left).length, keys(right).length);
  return contained && shared.every((key) => left.labels[key] === right.labels[key]);
}

function combine(left: Series, right: Series, operator: (left: number, right: number) => number): Series {
  const labels = { ...left.labels, ...right.labels };
  // A series without points stays a series; a number has one value and no times.
  if (left.values.length === 0 || right.values.length === 0) return { labels, times: [], values: [] };
  if (left.times.length === 0 && right.times.length === 0)
    return { labels, times: [], values: [operator(left.values[0] ?? Number.NaN, right.values[0] ?? Number.NaN)] };
  if (right.times.length === 0)
    return {
      labels,
      times: left.times,
      values: left.values.map((value) => operator(value, right.values[0] ?? Number.NaN)),
    };
  if (left.times.length === 0)
    return {
      labels,
      times: right.times,
      values: right.values.map((value) => operator(left.values[0] ?? Number.NaN, value)),
    };
  const byTime = new Map(right.times.map((time, index) => [time, right.values[index] ?? Number.NaN]));
  const points = left.times.flatMap((time, index) => {
    const other = byTime.get(time);
    return other === undefined ? [] : [{ time, value: operator(left.values[index] ?? Number.NaN, other) }];
  });
  return { labels, times: points.map((point) => point.time), values: points.map((point) => point.value) };
}
