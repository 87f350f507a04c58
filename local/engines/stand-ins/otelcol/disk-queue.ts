import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** An export request as it arrived. */
export interface QueuedRequest {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Requests on disk, in the order of their arrival, a file each. A request is on disk when `add` returns, and a new
 * process finds what the one before had not sent.
 */
export class DiskQueue {
  private readonly waiting: { readonly file: string; readonly items: number }[];
  private readonly wakes: (() => void)[] = [];
  private next = 0;
  /** Spans, log records or data points in the queue, those under way included. */
  size: number;

  /** `capacity` counts items. */
  constructor(
    private readonly directory: string,
    readonly capacity: number,
  ) {
    mkdirSync(directory, { recursive: true });
    this.waiting = readdirSync(directory)
      .filter((file) => /^\d{12}-\d+$/.test(file))
      .sort()
      .map((file) => ({ file, items: Number(file.split('-')[1]) }));
    this.next = Number(this.waiting.at(-1)?.file.split('-')[0] ?? -1) + 1;
    this.size = this.waiting.reduce((sum, { items }) => sum + items, 0);
  }

  /** False when the queue has no room for the request, which is then not kept. */
  add({ contentType, body }: QueuedRequest, items: number): boolean {
    if (this.size + items > this.capacity) return false;
    const file = `${String(this.next).padStart(12, '0')}-${items}`;
    this.next += 1;
    // The name ends with the suffix until the content is complete.
    const descriptor = openSync(join(this.directory, file), 'wx');
    writeSync(descriptor, Buffer.concat([Buffer.from(`${contentType}\n`), body]));
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.size += items;
    this.waiting.push({ file, items });
    this.wakes.shift()?.();
    return true;
  }

  /** Takes the oldest request out of the line; it stays on disk until `done` is called. */
  async take(): Promise<{ readonly request: QueuedRequest; readonly items: number; done(): void }> {
    for (;;) {
      const entry = this.waiting.shift();
      if (entry === undefined) {
        await new Promise<void>((resolve) => this.wakes.push(resolve));
        continue;
      }
      const path = join(this.directory, entry.file);
      const text = readFileSync(path);
      const end = text.indexOf('\n');
      return {
        request: { contentType: text.subarray(0, end).toString(), body: text.subarray(end + 1) },
        items: entry.items,
        done: () => {
          rmSync(path, { force: true });
          this.size -= entry.items;
        },
      };
    }
  }
}
