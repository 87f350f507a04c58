import { appendFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from './contracts';
import { maskJsonText, maskUrl } from './mask';

/** `.local/<port>/journal.ndjson`: one line a request served, in the order of their answers. Bodies and paths are masked here again. */
export class Journal {
  readonly file: string;
  #lacksLines = false;

  constructor(
    directory: string,
    private readonly now: () => Date,
  ) {
    mkdirSync(directory, { recursive: true });
    this.file = join(directory, 'journal.ndjson');
  }

  append(entry: JournalEntry): void {
    const body = entry.body !== undefined && /^\s*[{[]/.test(entry.body) ? maskJsonText(entry.body) : entry.body;
    const line = {
      time: this.now().toISOString(),
      ...entry,
      path: maskUrl(entry.path),
      ...(body !== undefined && { body }),
    };
    this.#write(`${JSON.stringify(line)}\n`);
  }

  /** A journal that cannot be written must not take the answers with it: it lacks lines then, whole ones, and says so once. */
  #write(line: string): void {
    const before = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    try {
      appendFileSync(this.file, line);
    } catch (error) {
      if (!this.#lacksLines)
        process.stderr.write(`local cloud: the journal lacks lines from now on: ${(error as Error).message}\n`);
      this.#lacksLines = true;
      // A full disk takes the beginning of a line.
      try {
        truncateSync(this.file, before);
      } catch {
        // There may be no file at all.
      }
    }
  }
}
