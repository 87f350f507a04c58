/**
 * Telemetry on its way out: a bounded queue, one export at a time, and every record that is lost counted.
 * The SDK's own batch processors drop silently (log records) or tell only afterwards (spans); here a loss must be seen.
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

/** `records` were lost, because the queue was full (no reason) or because an export failed. */
export type OnLoss = (records: number, reason?: Error) => void;

/** At most this many records wait in memory; what comes on top is lost. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;

export class BatchQueue<Item> {
  #waiting: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly exporter: Exporter<Item>,
    private readonly onLoss: OnLoss,
    /** A record waits no longer than this before it is sent (ms). */
    private readonly delayMs: number,
  ) {}

  /** Never throws, never waits. */
  add(item: Item): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      this.onLoss(1);
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

  async close(): Promise<void> {
    this.#closed = true;
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
    this.#sending = this.#export(batch).then(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#sending;
  }

  #export(batch: Item[]): Promise<void> {
    return new Promise((resolve) => {
      // The exporter's own HTTP request must not become a span, which would be exported, which …
      context.with(suppressTracing(ROOT_CONTEXT), () =>
        this.exporter.export(batch, ({ code, error }) => {
          if (code !== ExportResultCode.SUCCESS) this.onLoss(batch.length, error ?? new Error('The export failed.'));
          resolve();
        }),
      );
    });
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
