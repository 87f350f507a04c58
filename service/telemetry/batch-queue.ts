/**
 * A bounded export queue: one export at a time, failed batches are kept and retried, and every lost record is counted.
 * The SDK's own batch processors drop a batch after one failed export, silently (log records) or with a late report
 * (spans). With this queue a backend's restart loses nothing.
 */
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/** The outcome of an export. */
export type Outcome =
  /** Accepted, except for `rejected` records; `warning` is the backend's message. */
  | { readonly kind: 'taken'; readonly rejected: number; readonly warning?: string }
  /** Rejected for good: a retry would not help. */
  | { readonly kind: 'refused'; readonly reason: Error }
  /** Failed, to be retried; not before `againMs` if the backend named a time. */
  | { readonly kind: 'failed'; readonly reason: Error; readonly againMs?: number };

/** Sends a batch within its own time-out; never rejects. */
export interface Exporter<Item> {
  export(items: Item[]): Promise<Outcome>;
  close(): void;
}

export interface Trouble {
  /** `records` are lost: the queue was full (no reason), or the backend refused them or was away too long. */
  lost(records: number, reason?: Error): void;
  /** An export failed; its records are kept and retried. */
  delayed(reason: Error): void;
  /** The backend accepted the records with a warning. */
  warned(message: string): void;
}

/** Limit on queued records; further ones are lost. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;
/** Pause before a retry (ms). */
const AGAIN_MS = 1_000;
/** Longest pause that a backend's Retry-After can ask for (ms). */
const LATEST_AGAIN_MS = 30_000;
/** A batch is given up after this (ms): longer than ECS takes to replace a backend's task. */
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

  /** Never throws and never blocks. */
  add(item: Item): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      this.trouble.lost(1);
      return;
    }
    this.#waiting.push(item);
    this.#schedule();
  }

  /** Sends the queued records; resolves when each is delivered or lost. */
  async flush(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0) await this.#send();
  }

  /** Like `flush`, but with one attempt for each batch. */
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

/** Adds ended, sampled spans to the queue. */
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
