import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * The tests of a file by their titles, each `describe` first, with the literals of their own and their describes'
 * tables.
 */
export function titlesOf(file: string): ReadonlyMap<string, ReadonlySet<string>> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map<string, ReadonlySet<string>>();
  const visit = (node: ts.Node, before: readonly string[], tables: readonly ts.Node[]): void => {
    const call = callOf(node);
    const titles = call === undefined ? before : [...before, call.title];
    const all = call?.table === undefined ? tables : [...tables, declared(call.table, source)];
    if (call?.name === 'it') found.set(titles.join(' '), new Set(all.flatMap(literalsIn)));
    else ts.forEachChild(node, (child) => visit(child, titles, all));
  };
  visit(source, [], []);
  return found;
}

/** `it('…', …)`, `describe('…', …)`, or one of them with `.each(table)`. */
function callOf(node: ts.Node) {
  if (!ts.isCallExpression(node)) return undefined;
  const [title] = node.arguments;
  const each = ts.isCallExpression(node.expression) ? node.expression : undefined;
  const name = /^(it|describe)\b/.exec((each ?? node).expression.getText())?.[1];
  if (name === undefined || title === undefined || !ts.isStringLiteralLike(title)) return undefined;
  return { name, title: title.text, table: each?.arguments[0] };
}

/** A named table is read from its declaration. */
function declared(table: ts.Expression, source: ts.SourceFile): ts.Node {
  if (!ts.isIdentifier(table)) return table;
  let declaration: ts.Node = table;
  const look = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === table.text) declaration = node;
    ts.forEachChild(node, look);
  };
  look(source);
  return declaration;
}

function literalsIn(node: ts.Node): readonly string[] {
  const own = ts.isStringLiteralLike(node) || ts.isNumericLiteral(node) ? [node.text] : [];
  const below: string[] = [];
  ts.forEachChild(node, (child) => void below.push(...literalsIn(child)));
  return [...own, ...below];
}
