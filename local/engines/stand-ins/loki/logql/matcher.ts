import { anchoredDotAll, children, type Syntax, type SyntaxNode, unquote } from '../../../wire/grammar';
import type { Labels } from '../../../wire/labels';

export interface Matcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  /** Whether it matches a missing label. */
  readonly matchesEmpty: boolean;
}

/**
 * A matcher with `=`, `!=`, `=~` or `!~`. A missing label counts as an empty string; `compile` compiles the pattern of
 * `=~`.
 */
export function readMatcher(
  syntax: Syntax,
  node: SyntaxNode,
  compile: (pattern: string) => RegExp = anchoredDotAll,
): Matcher {
  const [name, operator, quoted] = children(node).map((child) => syntax.of(child));
  const value = unquote(quoted ?? '""');
  const matches = comparison(operator ?? '=', value, compile);
  return { name: name ?? '', matches, matchesEmpty: matches('') };
}

export function accepts(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ name, matches }) => matches(labels[name] ?? ''));
}

function comparison(operator: string, value: string, compile: (pattern: string) => RegExp): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const expression = compile(value);
  return operator === '=~' ? (text) => expression.test(text) : (text) => !expression.test(text);
}
