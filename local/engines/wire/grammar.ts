import type { SyntaxNode } from '@lezer/common';
import type { LRParser } from '@lezer/lr';

export type { SyntaxNode } from '@lezer/common';

/** A syntax error with its position. */
export class GrammarFault extends Error {
  override readonly name = 'GrammarFault';
  constructor(
    readonly position: number,
    readonly unexpected: string,
  ) {
    super(`unexpected ${unexpected === '' ? 'end of input' : JSON.stringify(unexpected)} at position ${position + 1}`);
  }
}

/** A parsed text: its nodes and the text of each. */
export class Syntax {
  readonly top: SyntaxNode;

  /** Throws GrammarFault at the first place that does not parse. */
  constructor(
    parser: LRParser,
    readonly text: string,
  ) {
    const tree = parser.parse(text);
    tree.iterate({
      enter: (node) => {
        if (!node.type.isError) return;
        const rest = /^\s*(\w+|\S)?/.exec(text.slice(node.from));
        throw new GrammarFault(node.from, rest?.[1] ?? '');
      },
    });
    this.top = tree.topNode;
  }

  of(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** The first node of that name in the subtree, which includes `node` itself. */
export function find(node: SyntaxNode, name: string): SyntaxNode | undefined {
  if (node.name === name) return node;
  for (const child of children(node)) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every node of that name in the subtree, in order; nodes inside a found one only with `nested`. */
export function findAll(node: SyntaxNode, name: string, nested = false): SyntaxNode[] {
  const inner = (): SyntaxNode[] => children(node).flatMap((child) => findAll(child, name, nested));
  if (node.name !== name) return inner();
  return nested ? [node, ...inner()] : [node];
}

/** The value of a quoted string as Go reads it: "…", '…' with escapes, `…` as it is. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner;
  return inner.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, sequence: string) => {
    if (/^[ux]./.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r' }[sequence] ?? sequence;
  });
}

/**
 * Converts Go's RE2 expression to one of JavaScript that matches the whole text. For what queries use, the two differ
 * only in inline flags at the start. `.` does not match a line break, as in Alertmanager's matchers (its
 * pkg/labels/matcher.go) and Loki's label filters after a `|`.
 */
export function anchored(expression: string): RegExp {
  const { pattern, flags } = readFlags(expression);
  return new RegExp(`^(?:${pattern})$`, flags);
}

/**
 * As `anchored`, but `.` matches line breaks too, as in Prometheus's matchers (its model/labels/regexp.go) and
 * label_replace. Loki's stream selectors and TraceQL use that code.
 */
export function anchoredDotAll(expression: string): RegExp {
  const { pattern, flags } = readFlags(expression);
  return new RegExp(`^(?:${pattern})$`, flags.includes('s') ? flags : `${flags}s`);
}

/** As `anchored`, but matching anywhere. */
export function unanchored(expression: string): RegExp {
  const { pattern, flags } = readFlags(expression);
  return new RegExp(pattern, flags);
}

function readFlags(expression: string): { readonly pattern: string; readonly flags: string } {
  const [prefix = '', letters = ''] = /^\(\?([ims]+)\)/.exec(expression) ?? [];
  return { pattern: expression.slice(prefix.length), flags: [...new Set(letters)].join('') };
}
