/**
 * The part of Go's text/template that alert messages use: actions with trim markers, if/else, range, with, define,
 * template, variables, pipelines and a few functions ("Notification template reference", "Template annotations and
 * labels"). Anything else throws an error.
 */

import { callFunction } from './go-template-functions';
import { parseTemplate, type TemplateNode } from './go-template-parser';

export interface TemplateInput {
  /** The dot. */
  readonly data: unknown;
  /** `$labels`, `$values`, … without the dollar. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Named templates: text that may hold `define` blocks, or the body of one template. */
  readonly templates?: Readonly<Record<string, string>>;
}

/** Expands a template. Throws TemplateError. */
export function expandTemplate(source: string, input: TemplateInput): string {
  const definitions = new Map<string, readonly TemplateNode[]>();
  for (const [name, text] of Object.entries(input.templates ?? {})) {
    const nodes = collect(parseTemplate(text), definitions);
    if (!definitions.has(name)) definitions.set(name, nodes);
  }
  const nodes = collect(parseTemplate(source), definitions);
  return render(nodes, {
    dot: input.data,
    variables: new Map(Object.entries({ ...input.variables, '': input.data })),
    definitions,
  });
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

interface Scope {
  readonly dot: unknown;
  readonly variables: Map<string, unknown>;
  readonly definitions: ReadonlyMap<string, readonly TemplateNode[]>;
}

function collect(
  nodes: readonly TemplateNode[],
  definitions: Map<string, readonly TemplateNode[]>,
): readonly TemplateNode[] {
  return nodes.filter((node) => {
    if (node.kind !== 'define') return true;
    definitions.set(node.name, node.body);
    return false;
  });
}

function render(nodes: readonly TemplateNode[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join('');
}

function renderNode(node: TemplateNode, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'action':
      return toText(evaluate(node.pipeline, scope));
    case 'assign':
      scope.variables.set(node.variable, evaluate(node.pipeline, scope));
      return '';
    case 'if':
      return truthy(evaluate(node.pipeline, scope))
        ? render(node.body, child(scope))
        : render(node.otherwise, child(scope));
    case 'with': {
      const dot = evaluate(node.pipeline, scope);
      return truthy(dot) ? render(node.body, { ...child(scope), dot }) : render(node.otherwise, child(scope));
    }
    case 'range': {
      const items = entries(evaluate(node.pipeline, scope));
      if (items.length === 0) return render(node.otherwise, child(scope));
      return items
        .map(([key, value]) => {
          const inner = child(scope);
          if (node.key) inner.variables.set(node.key, key);
          if (node.value) inner.variables.set(node.value, value);
          return render(node.body, { ...inner, dot: value });
        })
        .join('');
    }
    case 'template': {
      const body = scope.definitions.get(node.name);
      if (!body) throw new TemplateError(`template "${node.name}" not defined`);
      const dot = node.pipeline ? evaluate(node.pipeline, scope) : undefined;
      return render(body, { dot, variables: new Map([['', dot]]), definitions: scope.definitions });
    }
    case 'define':
      return '';
  }
}

const child = (scope: Scope): Scope => ({ ...scope, variables: new Map(scope.variables) });

type Pipeline = Extract<TemplateNode, { kind: 'action' }>['pipeline'];
type Term = Pipeline[number][number];

function evaluate(pipeline: Pipeline, scope: Scope): unknown {
  let piped: unknown;
  for (const [index, command] of pipeline.entries()) {
    const [head, ...rest] = command;
    if (!head) throw new TemplateError('missing value for command');
    const given = rest.map((term) => evaluateTerm(term, scope));
    if (head.kind === 'name') piped = callFunction(head.name, index > 0 ? [...given, piped] : given);
    else if (rest.length > 0 || index > 0) throw new TemplateError(`can't give argument to non-function`);
    else piped = evaluateTerm(head, scope);
  }
  return piped;
}

function evaluateTerm(term: Term, scope: Scope): unknown {
  switch (term.kind) {
    case 'literal':
      return term.value;
    case 'field':
      return follow(term.path, scope.dot);
    case 'variable':
      if (!scope.variables.has(term.name)) throw new TemplateError(`undefined variable "$${term.name}"`);
      return follow(term.path, scope.variables.get(term.name));
    case 'group':
      return follow(term.path, evaluate(term.pipeline, scope));
    case 'name':
      return callFunction(term.name, []);
  }
}

function follow(path: readonly string[], start: unknown): unknown {
  return path.reduce<unknown>((value, name) => member(value, name), start);
}

/** A map's missing entry is undefined; SortedPairs, Names and Values are the methods of KV. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = (value as Record<string, unknown>)[name];
  if (own !== undefined) return own;
  const pairs = Object.entries(value).sort(([left], [right]) => left.localeCompare(right));
  if (name === 'SortedPairs') return pairs.map(([key, item]) => ({ Name: key, Value: item }));
  if (name === 'Names') return pairs.map(([key]) => key);
  if (name === 'Values') return pairs.map(([, item]) => item);
  return undefined;
}

export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function entries(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item]);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).sort(([left], [right]) => left.localeCompare(right));
  return [];
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(toText).join(' ')}]`;
  if (typeof value === 'object')
    return 'toString' in value && value.toString !== Object.prototype.toString
      ? String(value)
      : `map[${Object.entries(value)
          .map(([key, item]) => `${key}:${toText(item)}`)
          .join(' ')}]`;
  return String(value);
}
