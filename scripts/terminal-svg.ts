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
 * Draws a terminal's output as an SVG: text stays text, colours come from the escape sequences, long lines end with an
 * ellipsis.
 */
export function terminalSvg({ title, command, output }: TerminalPicture, columns = 118): string {
  const lines = [`\u001b[1m$ ${command}\u001b[22m`, ...output.trimEnd().split('\n')].map((line) =>
    cut(line.trimEnd(), columns),
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

/** Cuts the text to a number of visible characters; escape sequences are not counted. */
function cut(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  let [shown, kept] = [0, ''];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    const isCode = part.startsWith('\u001b');
    kept += isCode ? part : part.slice(0, Math.max(0, columns - 1 - shown));
    if (!isCode) shown += part.length;
  }
  return `${kept}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
