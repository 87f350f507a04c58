/**
 * Telemetry on its way out: a bounded queue, one export at a time, a batch that its backend does not take kept and sent again, and
 * every record that is lost counted. The SDK's own batch processors give a batch up after one export and drop silently (log records)
 * or tell only afterwards (spans); here a restarting backend costs nothing and a loss is seen.
 */
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/** An OTLP exporter; it answers within its own time-out, whatever the backend does. */
export interface Exporter<Item> {
  export(items: Item[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface Trouble {
  /** `records` are gone: the queue was full (no reason), the backend refused them, or was away for too long. */
  lost(records: number, reason?: Error): void;
  /** An export failed; its records are kept and sent again. */
  delayed(reason: Error): void;
}

/** At most this many records wait in memory; what comes on top is lost. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;
/** A batch is sent again after this (ms), on top of what the exporter itself waits, … */
const AGAIN_MS = 1_000;
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
    await this.exporter.shutdown();
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
      const failure = await this.#export(batch);
      if (failure === undefined) return;
      if (isRefusal(failure) || this.#closed || performance.now() > giveUpAt) {
        this.trouble.lost(batch.length, failure);
        return;
      }
      this.trouble.delayed(failure);
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, AGAIN_MS).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #export(batch: Item[]): Promise<Error | undefined> {
    return new Promise((resolve) => {
      // The exporter's own HTTP request must not become a span, which would be exported, which …
      context.with(suppressTracing(ROOT_CONTEXT), () =>
        this.exporter.export(batch, ({ code, error }) =>
          resolve(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error('The export failed.'))),
        ),
      );
    });
  }
}

/**
 * The backend will not take this batch however often it is sent: it answered 4xx. Of 408 and 429 the exporter gives no status. OTLP would
 * give up at 500 as well, but that is what a Loki says whose ring is still empty after a start; both backends know a record that comes twice.
 */
function isRefusal(failure: Error): boolean {
  return 'code' in failure && typeof failure.code === 'number' && failure.code < 500 && failure.code !== 408;
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
