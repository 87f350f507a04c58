import { appendFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from './contracts';
import { maskJsonText, maskUrl } from './mask';

/**
 * `.local/<port>/journal.ndjson`: one line per request, in the order of the responses. Secrets in bodies and paths are
 * masked.
 */
export class Journal {
  readonly file: string;
  #incomplete = false;

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

  /** A failed write must not fail the request: the line is dropped, and the first failure is reported on stderr. */
  #write(line: string): void {
    const before = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    try {
      appendFileSync(this.file, line);
    } catch (error) {
      if (!this.#incomplete)
        process.stderr.write(`local cloud: the journal lacks lines from now on: ${(error as Error).message}\n`);
      this.#incomplete = true;
      // On a full disk a part of the line may have been written: remove it.
      try {
        truncateSync(this.file, before);
      } catch {
        // The file may not exist.
      }
    }
  }
}
