/** Cuts details in lines without a terminal, which have no other limit. */
const PIPE_COLUMNS = 200;

/** Breaks a text into lines of at most `width` characters, at spaces; a word that is longer is broken too. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const room = Math.max(width, 1);
  for (let word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = '';
    }
    for (; word.length > room; word = word.slice(room)) lines.push(word.slice(0, room));
    line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/** The text in one line of at most `width` characters, with an ellipsis where it was cut. */
export function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= width) return line;
  return width < 2 ? '' : `${line.slice(0, width - 1).trimEnd()}…`;
}

/**
 * Each paragraph (a line of the text) broken to the terminal's columns, its further lines indented below its first by
 * `hang`, all of it by `indent`. Without columns each paragraph stays one line.
 */
export function hanging(text: string, columns: number | undefined, indent: number, hang = 2): readonly string[] {
  const margin = ' '.repeat(indent);
  return text
    .split('\n')
    .filter((paragraph) => paragraph.trim() !== '')
    .flatMap((paragraph) => {
      if (columns === undefined) return [`${margin}${paragraph.trim()}`];
      const [first = '', ...rest] = wrap(paragraph, columns - indent);
      const below = wrap(rest.join(' '), columns - indent - hang);
      return [`${margin}${first}`, ...below.map((line) => `${margin}${' '.repeat(hang)}${line}`)];
    });
}

export function widthOf(columns: number | undefined): number {
  return columns ?? PIPE_COLUMNS;
}
