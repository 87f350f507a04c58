import { stripVTControlCharacters } from 'node:util';

export interface TerminalPicture {
  /** In the title bar. */
  readonly title: string;
  /** The command line. */
  readonly command: string;
  /** The output, with its colours (SGR sequences). */
  readonly output: string;
}

/**
 * Draws a terminal's output as an SVG: text stays text, colours come from the escape sequences, and a line that is
 * longer than the terminal goes on in the next one, as it does there.
 */
export function terminalSvg({ title, command, output }: TerminalPicture, columns: number): string {
  const lines = [`\u001b[1m$ ${command}\u001b[22m`, ...withoutOtherSequences(output).trimEnd().split('\n')].flatMap(
    (line) => broken(line.trimEnd(), columns),
  );
  const [width, height] = [columns * charWidth + 2 * padding, lines.length * lineHeight + bar + 2 * padding];
  const rows = lines.map(
    (line, index) =>
      `<text x="${padding}" y="${bar + padding + 14 + index * lineHeight}" xml:space="preserve">${spans(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6dbe5}.t{fill:#8b94a5;font-family:ui-sans-serif,system-ui,sans-serif}.bold{font-weight:700;fill:#fff}.dim{fill:#7d8798}.green{fill:#4cc38a}.red{fill:#ff7b70}.yellow{fill:#f0b04a}.cyan{fill:#6cc7e8}</style>
<rect width="${width}" height="${height}" rx="10" fill="#161b24"/><circle cx="20" cy="17" r="5.5" fill="#ff5f57"/><circle cx="38" cy="17" r="5.5" fill="#febc2e"/><circle cx="56" cy="17" r="5.5" fill="#28c840"/>
<text class="t" x="${width / 2}" y="21" text-anchor="middle">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

const charWidth = 7.83;
const lineHeight = 19;
const bar = 34;
const padding = 16;

/** SGR codes that switch a style on; every other code switches back to plain text. */
const styles: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};

function spans(line: string): string {
  let style: string | undefined;
  return (
    line
      // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one.
      .split(/(\u001b\[\d+m)/)
      .map((part) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
        const [, code] = /^\u001b\[(\d+)m$/.exec(part) ?? [];
        if (code !== undefined) {
          style = styles[code];
          return '';
        }
        if (part === '') return '';
        return style ? `<tspan class="${style}">${escaped(part)}</tspan>` : escaped(part);
      })
      .join('')
  );
}

/** Breaks a line at a number of visible characters; escape sequences are not counted. */
function broken(line: string, columns: number): readonly string[] {
  if (stripVTControlCharacters(line).length <= columns) return [line];
  const lines = [''];
  let shown = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b')) lines.push(`${lines.pop()}${part}`);
    else
      for (const character of part) {
        if (shown > 0 && shown % columns === 0) lines.push('');
        lines.push(`${lines.pop()}${character}`);
        shown += 1;
      }
  }
  return lines;
}

/** Leaves out every sequence but those of one colour or style, as a terminal that does not know them. */
function withoutOtherSequences(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
  return text.replaceAll(/\u001b\[(?!\d+m)[\d;?]*[A-Za-z]|\u001b\][^\u001b]*\u001b\\/g, '');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
