import { styleText } from 'node:util';

/**
 * The output of the verbs. `progress` draws below the last line on an interactive terminal; elsewhere it does nothing.
 */
export interface Terminal {
  readonly interactive: boolean;
  /** The width of the terminal in characters; undefined where stdout is no terminal. */
  readonly columns: number | undefined;
  /** A line of the result, on stdout. */
  line(text?: string): void;
  /** A note, on stderr, so that `--json` output stays valid. */
  note(text: string): void;
  /** Replaces the lines that are drawn below; none removes them. */
  live(rows: readonly string[]): void;
  readonly style: Style;
  /** The text as a link on a terminal (OSC 8, which other terminals ignore); elsewhere the text alone. */
  link(text: string, url: string | undefined): string;
}

export type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
/** Colours that go away with NO_COLOR, and where stdout is not a terminal. */
export type Style = (colour: Colour, text: string) => string;

/** osls's progress footer, which stays below all other lines. */
export interface ProgressUtils {
  readonly progress: { get(name: string): { notice(text: string): void; remove(): void }; clear?(): void };
}

/** A terminal that understands no control sequence: some editors' shells, and logs. */
const isDumb = (): boolean => process.env['TERM'] === 'dumb';

export function processTerminal({ progress }: ProgressUtils): Terminal {
  let shown = 0;
  if (isDumb()) {
    // The framework draws its footer and its colours on every terminal.
    progress.clear?.();
    process.env['NO_COLOR'] = '1';
  }
  const style: Style = (colour, text) => styleText(colour, text, { stream: process.stdout });
  return {
    interactive: Boolean(process.stdin.isTTY && process.stdout.isTTY) && !isCi() && !isDumb(),
    get columns() {
      return process.stdout.isTTY ? process.stdout.columns : undefined;
    },
    style,
    link: (text, url) =>
      url && process.stdout.isTTY && !isDumb() ? `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\` : text,
    line: (text = '') => {
      process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
    live: (rows) => {
      rows.forEach((row, index) => {
        progress.get(`row-${index}`).notice(row);
      });
      for (let index = rows.length; index < shown; index += 1) progress.get(`row-${index}`).remove();
      shown = rows.length;
    },
  };
}

/** CI=false means "not in CI", as the Serverless Framework reads it. */
function isCi(): boolean {
  const { CI } = process.env;
  return Boolean(CI && CI !== 'false');
}
