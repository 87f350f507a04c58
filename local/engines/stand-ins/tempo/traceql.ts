import { parser } from '@grafana/lezer-traceql';
import { anchoredDotAll, children, findAll, GrammarFault, Syntax, type SyntaxNode, unquote } from '../../wire/grammar';
import { BadRequest, NotImplemented } from '../../wire/http-server';
import { attribute, plainOf } from '../../wire/otlp';
import { durationMs } from '../process';
import { durationSeconds } from './span-metrics';
import type { StoredSpan } from './store';

type Value = string | number | boolean | undefined;
interface EvaluationContext {
  readonly each: StoredSpan;
  readonly trace: readonly StoredSpan[];
}
type Spanset = (trace: readonly StoredSpan[]) => readonly StoredSpan[];

/** An attribute or intrinsic that a query names. Tempo's search returns only these. */
export interface Column {
  /** The name without its scope. */
  readonly name: string;
  readonly of: (each: StoredSpan, trace: readonly StoredSpan[]) => Value;
}

export interface TraceQuery {
  /** The matching spans of a trace; empty when the trace does not match. */
  readonly find: Spanset;
  readonly columns: readonly Column[];
}

/**
 * Parses one or more `{ … }` joined by && and ||, then `| select(…)`. Throws BadRequest for a syntax error,
 * NotImplemented for the rest of TraceQL.
 */
export function readTraceQuery(text: string): TraceQuery {
  try {
    const syntax = new Syntax(parser, withNested(text));
    return { find: spanset(syntax, syntax.top), columns: columnsOf(syntax) };
  } catch (error) {
    if (!(error instanceof GrammarFault)) throw error;
    const what = error.unexpected === '' ? '$end' : error.unexpected;
    throw new BadRequest(
      `invalid TraceQL query: parse error at line 1, col ${error.position + 1}: syntax error: unexpected ${what}`,
    );
  }
}

/**
 * Tempo has the intrinsic `nestedSetParent`, Grafana's grammar does not. Outside string constants it is replaced by an
 * attribute of the same length, so that positions in the text do not change.
 */
function withNested(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`|\bnestedSetParent\b/g, (part) =>
    part === 'nestedSetParent' ? NESTED : part,
  );
}
const NESTED = '.nestedSetParnt';

function columnsOf(syntax: Syntax): Column[] {
  const named = [...findAll(syntax.top, 'AttributeField', true), ...findAll(syntax.top, 'IntrinsicField', true)];
  const columns = named.map((node) => {
    const text = syntax.of(node);
    const read = node.name === 'AttributeField' ? attributeField(text) : intrinsic(text);
    const name = text.replace(node.name === 'AttributeField' ? /^(resource|span)?\./ : /^(span|trace):/, '');
    return { name, of: (each: StoredSpan, trace: readonly StoredSpan[]) => read({ each, trace }) };
  });
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

function spanset(syntax: Syntax, node: SyntaxNode): Spanset {
  const parts = children(node);
  const [left, operator, right] = parts;
  if (node.name === 'SpansetFilter') {
    const expression = node.getChild('FieldExpression');
    if (expression === null) return (trace) => trace;
    const test = field(syntax, expression);
    return (trace) => trace.filter((each) => test({ each, trace }) === true);
  }
  if (parts.length === 1 && left) return spanset(syntax, left);
  // `select` adds attributes to the answer; it does not filter spans.
  if (left && operator?.name === 'Pipe' && right && isSelect(right)) return spanset(syntax, left);
  if (left && right && (operator?.name === 'And' || operator?.name === 'Or')) {
    const [a, b] = [spanset(syntax, left), spanset(syntax, right)];
    return (trace) => {
      const [found, others] = [a(trace), b(trace)];
      if (operator.name === 'And' && (found.length === 0 || others.length === 0)) return [];
      return [...new Set([...found, ...others])];
    };
  }
  throw new NotImplemented(`"${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
}

function isSelect(node: SyntaxNode): boolean {
  const [only, ...more] = children(node);
  return only !== undefined && more.length === 0 && (only.name === 'SelectOperation' || isSelect(only));
}

function field(syntax: Syntax, node: SyntaxNode): (context: EvaluationContext) => Value {
  const parts = children(node);
  const [left, operator, right] = parts;
  if (left && operator && right) {
    if (left.name !== 'FieldExpression') {
      if (operator.name === 'FieldExpression') return field(syntax, operator);
    } else {
      return operation(syntax.of(operator), field(syntax, left), field(syntax, right), right, syntax);
    }
  }
  if (parts.length === 1 && left) {
    if (left.name === 'FieldExpression') return field(syntax, left);
    if (left.name === 'AttributeField') return attributeField(syntax.of(left));
    if (left.name === 'IntrinsicField') return intrinsic(syntax.of(left));
    if (left.name === 'Static') return constant(syntax, left);
  }
  throw new NotImplemented(`"${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
}

function operation(
  operator: string,
  left: (context: EvaluationContext) => Value,
  right: (context: EvaluationContext) => Value,
  rightNode: SyntaxNode,
  syntax: Syntax,
): (context: EvaluationContext) => Value {
  switch (operator) {
    case '&&':
      return (context) => left(context) === true && right(context) === true;
    case '||':
      return (context) => left(context) === true || right(context) === true;
    case '=~':
    case '!~': {
      const expression = anchoredDotAll(unquote(syntax.of(rightNode)));
      return (context) => {
        const value = left(context);
        return value !== undefined && expression.test(String(value)) === (operator === '=~');
      };
    }
  }
  const compare = comparisons[operator];
  if (compare === undefined) throw new NotImplemented(`the operator ${operator} is not implemented`);
  return (context) => {
    const [a, b] = [left(context), right(context)];
    // A comparison with a missing attribute is false.
    return a !== undefined && b !== undefined && typeof a === typeof b && compare(a, b);
  };
}

const comparisons: Readonly<Record<string, (a: string | number | boolean, b: string | number | boolean) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

function attributeField(text: string): (context: EvaluationContext) => Value {
  // The parent's number in the nested set model: -1 for a root, else positive (Tempo starts at 1), 0 while spans are
  // missing.
  if (text === NESTED) return ({ each, trace }) => nestedSetParent(each, trace);
  const [, scope, name = ''] = /^(resource|span|parent)?\.(.+)$/s.exec(text) ?? [];
  if (scope === 'parent' || name === '') throw new NotImplemented(`the attribute ${text} is not implemented`);
  const key = name.startsWith('"') ? unquote(name) : name;
  const of = (attributes: StoredSpan['resource'] | undefined): Value => {
    const value = plainOf(attributes?.find((each) => each.key === key)?.value);
    return typeof value === 'object' ? JSON.stringify(value) : (value as Value);
  };
  if (scope === 'resource') return ({ each }) => of(each.resource);
  if (scope === 'span') return ({ each }) => of(each.span.attributes);
  return ({ each }) => of(each.span.attributes) ?? of(each.resource);
}

const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statusNames = ['unset', 'ok', 'error'];

function intrinsic(name: string): (context: EvaluationContext) => Value {
  switch (name.replace(/^span:/, '')) {
    case 'name':
      return ({ each }) => each.span.name ?? '';
    case 'kind':
      return ({ each }) => kindNames[each.span.kind ?? 0];
    case 'status':
      return ({ each }) => statusNames[each.span.status?.code ?? 0];
    case 'statusMessage':
      return ({ each }) => each.span.status?.message ?? '';
    case 'duration':
      return ({ each }) => durationSeconds(each.span) * 1000;
    case 'id':
      return ({ each }) => each.span.spanId;
    case 'trace:id':
      return ({ each }) => each.span.traceId;
    case 'rootServiceName':
    case 'trace:rootService':
      return ({ trace }) => attribute(rootOf(trace)?.resource, 'service.name');
    case 'rootName':
    case 'trace:rootName':
      return ({ trace }) => rootOf(trace)?.span.name;
  }
  throw new NotImplemented(`the intrinsic ${name} is not implemented`);
}

function constant(syntax: Syntax, node: SyntaxNode): () => Value {
  const text = syntax.of(node);
  const kind = node.firstChild?.name;
  if (kind === 'String') {
    const value = unquote(text);
    return () => value;
  }
  if (kind === 'Duration') {
    const value = durationMs(text);
    return () => value;
  }
  if (kind === 'Integer' || kind === 'Float') {
    const value = Number(text);
    return () => value;
  }
  if (text === 'true' || text === 'false') return () => text === 'true';
  if (text === 'nil') throw new NotImplemented(`nil in the query ${syntax.text} is not implemented`);
  return () => text;
}

/**
 * The span without a parent id, or undefined while it has not arrived. A span whose parent is missing is not a root.
 */
export function rootOf(trace: readonly StoredSpan[]): StoredSpan | undefined {
  return trace.find(({ span }) => !span.parentSpanId);
}

function nestedSetParent({ span }: StoredSpan, trace: readonly StoredSpan[]): number {
  if (!span.parentSpanId) return -1;
  return trace.findIndex((each) => each.span.spanId === span.parentSpanId) + 1;
}
