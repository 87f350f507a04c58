/** Parses text/template into nodes; see go-template.ts for what it covers. */
export type Term =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'group'; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** Commands joined by `|`, each a list of terms. */
export type Pipeline = readonly (readonly Term[])[];

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | { readonly kind: 'assign'; readonly variable: string; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with';
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: 'range';
      readonly key?: string;
      readonly value?: string;
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: 'template'; readonly name: string; readonly pipeline?: Pipeline }
  | { readonly kind: 'define'; readonly name: string; readonly body: readonly TemplateNode[] };

/** Throws an Error that names the unsupported or invalid syntax. */
export function parseTemplate(source: string): readonly TemplateNode[] {
  const pieces = split(source);
  const position = { at: 0 };
  const { nodes, end } = block(pieces, position);
  if (end !== 'eof') throw new Error(`unexpected {{${end}}}`);
  return nodes;
}

type Piece = { readonly text: string } | { readonly action: string };

/** Splits a template into text and actions; `{{-` and `-}}` trim adjacent white space, comments are dropped. */
function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  const pattern = /(\s*)\{\{(-\s)?([\s\S]*?)(\s-)?\}\}(\s*)/g;
  let last = 0;
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    const [whole, before = '', trimLeft, action = '', trimRight, after = ''] = match;
    pieces.push({ text: source.slice(last, match.index) + (trimLeft ? '' : before) });
    if (!/^\s*\/\*/.test(action)) pieces.push({ action: action.trim() });
    last = match.index + whole.length - (trimRight ? 0 : after.length);
    pattern.lastIndex = last;
  }
  pieces.push({ text: source.slice(last) });
  if (/\{\{/.test(source.slice(last))) throw new Error('unclosed action');
  return pieces;
}

function block(pieces: readonly Piece[], position: { at: number }): { nodes: TemplateNode[]; end: string } {
  const nodes: TemplateNode[] = [];
  while (position.at < pieces.length) {
    const piece = pieces[position.at];
    position.at += 1;
    if (!piece) break;
    if ('text' in piece) {
      if (piece.text) nodes.push({ kind: 'text', text: piece.text });
    } else if (/^(end|else)\b/.test(piece.action)) {
      return { nodes, end: piece.action };
    } else {
      nodes.push(statement(piece.action, pieces, position));
    }
  }
  return { nodes, end: 'eof' };
}

function statement(action: string, pieces: readonly Piece[], position: { at: number }): TemplateNode {
  const [, keyword = '', rest = ''] = /^(if|with|range|define|template|block)\b\s*([\s\S]*)$/.exec(action) ?? [];
  switch (keyword) {
    case 'if':
    case 'with':
      return { kind: keyword, pipeline: parsePipeline(rest), ...bodies(pieces, position) };
    case 'range': {
      const declared = /^\$(\w+)\s*(?:,\s*\$(\w+)\s*)?:=\s*([\s\S]+)$/.exec(rest);
      if (!declared) return { kind: 'range', pipeline: parsePipeline(rest), ...bodies(pieces, position) };
      const [, first = '', second, expression = ''] = declared;
      const names = second === undefined ? { value: first } : { key: first, value: second };
      return { kind: 'range', ...names, pipeline: parsePipeline(expression), ...bodies(pieces, position) };
    }
    case 'define': {
      const { nodes } = block(pieces, position);
      return { kind: 'define', name: unquote(rest), body: nodes };
    }
    case 'template': {
      const [, name = '', argument = ''] = /^("[^"]*")\s*([\s\S]*)$/.exec(rest) ?? [];
      return { kind: 'template', name: unquote(name), ...(argument && { pipeline: parsePipeline(argument) }) };
    }
    case 'block':
      throw new Error('block is not supported here');
    default: {
      const assigned = /^\$(\w+)\s*:?=\s*([\s\S]+)$/.exec(action);
      if (assigned) return { kind: 'assign', variable: assigned[1] ?? '', pipeline: parsePipeline(assigned[2] ?? '') };
      return { kind: 'action', pipeline: parsePipeline(action) };
    }
  }
}

function bodies(
  pieces: readonly Piece[],
  position: { at: number },
): { body: readonly TemplateNode[]; otherwise: readonly TemplateNode[] } {
  const { nodes: body, end } = block(pieces, position);
  if (end === 'end') return { body, otherwise: [] };
  const chained = /^else\s+(if\b[\s\S]*)$/.exec(end);
  if (chained) return { body, otherwise: [statement(chained[1] ?? '', pieces, position)] };
  if (end !== 'else') throw new Error('unexpected end of template');
  const { nodes: otherwise, end: last } = block(pieces, position);
  if (last !== 'end') throw new Error('unexpected end of template');
  return { body, otherwise };
}

const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\$\w*)((?:\.\w+)*)|((?:\.\w+)+|\.)|(\w+)|([()|,]))/gy;

function parsePipeline(text: string): Pipeline {
  const tokens: string[][] = [];
  tokenPattern.lastIndex = 0;
  const trimmed = text.trim();
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (!match) throw new Error(`unexpected "${trimmed.slice(at)}" in {{${text}}}`);
    tokens.push([...match].map((part) => part ?? ''));
  }
  const position = { at: 0 };
  const pipeline = readPipeline(tokens, position);
  if (position.at < tokens.length) throw new Error(`unexpected ")" in {{${text}}}`);
  return pipeline;
}

function readPipeline(tokens: readonly string[][], position: { at: number }): Pipeline {
  const commands: Term[][] = [[]];
  while (position.at < tokens.length) {
    const token = tokens[position.at] ?? [];
    const symbol = token[7];
    if (symbol === ')') break;
    position.at += 1;
    if (symbol === '|') commands.push([]);
    else if (symbol === '(') commands.at(-1)?.push(readGroup(tokens, position));
    else commands.at(-1)?.push(readTerm(token));
  }
  return commands;
}

function readGroup(tokens: readonly string[][], position: { at: number }): Term {
  const pipeline = readPipeline(tokens, position);
  if (tokens[position.at]?.[7] !== ')') throw new Error('unclosed left paren');
  position.at += 1;
  return { kind: 'group', pipeline, path: [] };
}

function readTerm(token: readonly string[]): Term {
  const [, quoted, number, variable, variablePath = '', field, name = ''] = token;
  if (quoted) return { kind: 'literal', value: unquote(quoted) };
  if (number) return { kind: 'literal', value: Number(number) };
  if (variable) return { kind: 'variable', name: variable.slice(1), path: path(variablePath) };
  if (field) return { kind: 'field', path: path(field) };
  return name === 'true' || name === 'false' ? { kind: 'literal', value: name === 'true' } : { kind: 'name', name };
}

const path = (text: string): string[] => text.split('.').filter((part) => part !== '');

function unquote(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('"') ? (JSON.parse(trimmed) as string) : trimmed.replaceAll('`', '');
}
