import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from './contracts';
import { maskJsonText, maskUrl } from './mask';

/** `.local/<port>/journal.ndjson`: one line a request served, in the order of their answers. Bodies and paths are masked here again. */
export class Journal {
  readonly file: string;

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
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
