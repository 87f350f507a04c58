/**
 * Telemetry on its way out: a bounded queue, one export at a time, a batch that its backend does not take kept and sent again, and
 * every record that is lost counted. The SDK's own batch processors give a batch up after one export and drop silently (log records)
 * or tell only afterwards (spans); here a restarting backend costs nothing and a loss is seen.
 */
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/** What became of a batch. */
export type Outcome =
  /** The backend has it, but for `rejected` of its records; `warning` is what it says of them, or of all. */
  | { readonly kind: 'taken'; readonly rejected: number; readonly warning?: string }
  /** The backend will not take it however often it is sent. */
  | { readonly kind: 'refused'; readonly reason: Error }
  /** It may be taken another time, not before `againMs` where the backend named a time. */
  | { readonly kind: 'failed'; readonly reason: Error; readonly againMs?: number };

/** Sends a batch, in a time that does not depend on the backend; never rejects. */
export interface Exporter<Item> {
  export(items: Item[]): Promise<Outcome>;
  close(): void;
}

export interface Trouble {
  /** `records` are gone: the queue was full (no reason), the backend refused them, or was away for too long. */
  lost(records: number, reason?: Error): void;
  /** An export failed; its records are kept and sent again. */
  delayed(reason: Error): void;
  /** The backend took the records and had something to say. */
  warned(message: string): void;
}

/** At most this many records wait in memory; what comes on top is lost. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;
/** A batch is sent again after this (ms), … */
const AGAIN_MS = 1_000;
/** … or when the backend says so, but not much later (ms), … */
const LATEST_AGAIN_MS = 30_000;
/** … and given up after this: longer than a backend's task takes to be replaced (ms). */
const KEPT_MS = 10 * 60_000;

export class BatchQueue<Item> {
  #waiting: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;
  /** Ends the pause between two attempts. */
  #wake: (() => void) | undefined;

  constructor(
    private readonly exporter: Exporter<Item>,
    private readonly trouble: Trouble,
    /** A record waits no longer than this before it is sent (ms). */
    private readonly delayMs: number,
  ) {}

  /** Never throws, never waits. */
  add(item: Item): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      this.trouble.lost(1);
      return;
    }
    this.#waiting.push(item);
    this.#schedule();
  }

  /** Sends what waits; resolves when all of it is delivered or lost. */
  async flush(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0) await this.#send();
  }

  /** The same, but what fails now is not kept: each batch has one more attempt. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    clearTimeout(this.#timer);
    await this.flush();
    this.exporter.close();
  }

  #schedule(): void {
    if (this.#sending !== undefined || this.#closed) return;
    if (this.#waiting.length >= MAX_BATCH) {
      void this.#send();
      return;
    }
    this.#timer ??= setTimeout(() => void this.#send(), this.delayMs).unref();
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.length <= MAX_BATCH ? this.#waiting : this.#waiting.splice(0, MAX_BATCH);
    if (batch === this.#waiting) this.#waiting = [];
    this.#sending = this.#deliver(batch).then(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#sending;
  }

  async #deliver(batch: Item[]): Promise<void> {
    const giveUpAt = performance.now() + KEPT_MS;
    for (;;) {
      const outcome = await this.#export(batch);
      if (outcome.kind === 'taken') {
        const { rejected, warning } = outcome;
        if (rejected > 0) this.trouble.lost(rejected, new Error(warning ?? 'The backend rejected them.'));
        else if (warning !== undefined) this.trouble.warned(warning);
        return;
      }
      if (outcome.kind === 'refused' || this.#closed || performance.now() > giveUpAt) {
        this.trouble.lost(batch.length, outcome.reason);
        return;
      }
      this.trouble.delayed(outcome.reason);
      await this.#pause(Math.min(LATEST_AGAIN_MS, Math.max(AGAIN_MS, outcome.againMs ?? 0)));
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #export(batch: Item[]): Promise<Outcome> {
    // The export's own HTTP request must not become a span, which would be exported, which …
    return context.with(suppressTracing(ROOT_CONTEXT), () => this.exporter.export(batch));
  }
}

/** The sampled spans that end, to the queue. */
export function spanProcessor(queue: BatchQueue<ReadableSpan>): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if ((span.spanContext().traceFlags & 1) === 1) queue.add(span);
    },
    forceFlush: () => queue.flush(),
    shutdown: () => queue.close(),
  };
}

export function logProcessor(queue: BatchQueue<ReadableLogRecord>): LogRecordProcessor {
  return { onEmit: (record) => queue.add(record), forceFlush: () => queue.flush(), shutdown: () => queue.close() };
}
