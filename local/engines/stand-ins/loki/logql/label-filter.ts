import { anchored, children, find, type Syntax, type SyntaxNode } from '../../../wire/grammar';
import { NotImplemented } from '../../../wire/http-server';
import type { Labels } from '../../../wire/labels';
import { durationMs } from '../../process';
import { readMatcher } from './matcher';

export type LabelFilter = (labels: Labels) => boolean;

/** `| level="error"`, `| status >= 500`, `| duration > 10s`, with and, or, comma and parentheses. */
export function readLabelFilter(syntax: Syntax, node: SyntaxNode): LabelFilter {
  const parts = children(node);
  const filters = parts.filter(({ name }) => name === 'LabelFilter').map((each) => readLabelFilter(syntax, each));
  if (filters.length > 0) {
    return parts.some(({ name }) => name === 'Or')
      ? (labels) => filters.some((each) => each(labels))
      : (labels) => filters.every((each) => each(labels));
  }
  const [only] = parts;
  if (only?.name === 'Matcher') {
    const { name, matches } = readMatcher(syntax, only, anchored);
    return (labels) => matches(labels[name] ?? '');
  }
  if (only?.name === 'NumberFilter') return numeric(syntax, only, Number, Number);
  const duration = only && find(only, 'DurationFilter');
  if (duration) return numeric(syntax, duration, durationMs, durationOrNaN);
  throw new NotImplemented(`the label filter ${syntax.of(node)} is not implemented`);
}

function numeric(
  syntax: Syntax,
  node: SyntaxNode,
  readConstant: (text: string) => number,
  readLabel: (text: string) => number,
): LabelFilter {
  const [name = '', operator = '', constant = ''] = children(node).map((child) => syntax.of(child));
  const right = readConstant(constant);
  return (labels) => {
    const text = labels[name];
    return text !== undefined && text !== '' && compare(operator, readLabel(text), right);
  };
}

export function compare(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    default:
      throw new NotImplemented(`the comparison ${operator} is not implemented`);
  }
}

function durationOrNaN(text: string): number {
  try {
    return durationMs(text);
  } catch {
    return Number.NaN;
  }
}
