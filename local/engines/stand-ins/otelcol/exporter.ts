import { setTimeout } from 'node:timers/promises';
import { durationMs, type Log } from '../process';
import type { ExporterConfig } from './config';
import type { DiskQueue, QueuedRequest } from './disk-queue';

/** The status of an answer; 0 when there was none. */
export interface Answer {
  readonly status: number;
  readonly message: string;
}

/** OTLP specification, "Failures": these are tried again, as a lost connection is. */
const retryable = new Set([0, 429, 502, 503, 504]);

/**
 * Sends what a queue holds until the receiver has it, several requests at a time. A request that is refused for good, or
 * that no attempt delivered within `max_elapsed_time`, is dropped and counted as failed.
 */
export class QueueExporter {
  readonly counters = { sent: 0, failed: 0 };
  private stopped = false;

  constructor(
    readonly name: string,
    readonly queue: DiskQueue,
    private readonly config: ExporterConfig,
    private readonly send: (request: QueuedRequest) => Promise<Answer>,
    private readonly log: Log,
  ) {
    for (let count = 0; count < config.sending_queue.num_consumers; count += 1) void this.consume();
  }

  /** What is not sent stays on disk. */
  stop(): void {
    this.stopped = true;
  }

  private async consume(): Promise<void> {
    while (!this.stopped) {
      const { request, items, done } = await this.queue.take();
      const outcome = await this.deliver(request);
      if (outcome === 'stopped') return;
      this.counters[outcome] += items;
      done();
    }
  }

  private async deliver(request: QueuedRequest): Promise<'sent' | 'failed' | 'stopped'> {
    const { initial_interval: first, max_interval: most, max_elapsed_time: limit } = this.config.retry_on_failure;
    const deadline = Date.now() + durationMs(limit);
    for (let wait = durationMs(first); ; wait = Math.min(wait * 1.5, durationMs(most))) {
      if (this.stopped) return 'stopped';
      const { status, message } = await this.send(request);
      if (status >= 200 && status < 300) return 'sent';
      const fields = { exporter: this.name, status, message };
      if (!retryable.has(status) || Date.now() + wait > deadline) {
        this.log('Exporting failed. Dropping data.', fields);
        return 'failed';
      }
      this.log('Exporting failed. Will retry the request after interval.', { ...fields, interval: wait });
      await setTimeout(wait, undefined, { ref: false });
    }
  }
}

/** Posts a request to `url` as it arrived. */
export function postTo(url: string, timeoutMs: number): (request: QueuedRequest) => Promise<Answer> {
  return async ({ contentType, body }) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, message: (await response.text()).slice(0, 300) };
    } catch (error) {
      const { message, cause } = error as Error;
      return { status: 0, message: cause instanceof Error ? `${message}: ${cause.message}` : message };
    }
  };
}
