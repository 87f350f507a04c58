/** A Markdown table; cells may hold `|`, which is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Puts `body` between the markers of the block `name` in a document. Throws when the document has no such block. */
export function replaceBlock(text: string, name: string, body: string): string {
  const [open, close] = [`<!-- generated: ${name} -->`, '<!-- end of generated -->'];
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start === -1 || end === -1) throw new Error(`There is no block "${open}" … "${close}" in the document.`);
  return `${text.slice(0, start + open.length)}\n${body}\n${text.slice(end)}`;
}
