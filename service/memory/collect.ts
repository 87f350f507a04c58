/** Copies a stream's chunks into one buffer, so that many small chunks take no extra memory. */
import type { Lease } from './byte-budget';

export type Shortage =
  /** The stream has more bytes than its limit. */
  | 'too-large'
  /** The byte budget is used up. */
  | 'no-memory';

export interface CollectorOptions {
  readonly maxBytes: number;
  readonly lease: Lease;
  /** The Content-Length; undefined without one. */
  readonly expectedBytes: number | undefined;
}

/** Initial buffer for a body of unknown length (bytes). */
const FIRST_BYTES = 16 * 1024;

/**
 * Chunks are copied because each is an object with a view on a larger read buffer: one megabyte in chunks of one byte
 * would take about a hundred megabytes.
 */
export class Collector {
  #buffer: Buffer = EMPTY;
  #length = 0;
  #taken = 0;

  constructor(private readonly options: CollectorOptions) {}

  /** Returns why the chunk could not be kept, else undefined. After a shortage the collector must not be used again. */
  add(chunk: Buffer): Shortage | undefined {
    const { maxBytes, lease, expectedBytes } = this.options;
    const length = this.#length + chunk.length;
    if (length > maxBytes) return 'too-large';
    if (!lease.take(chunk.length)) return 'no-memory';
    this.#taken += chunk.length;
    if (this.#length === 0 && chunk.length === expectedBytes) {
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) this.#grow(length);
      chunk.copy(this.#buffer, this.#length);
    }
    this.#length = length;
    return undefined;
  }

  /** The bytes so far; they stay reserved on the lease. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Drops the bytes and releases them from the lease. */
  discard(): void {
    this.options.lease.giveBack(this.#taken);
    this.#taken = 0;
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  /**
   * A whole Content-Length may be allocated at once (up to the limit): the system gives memory only when it is written.
   */
  #grow(atLeast: number): void {
    const { maxBytes, expectedBytes } = this.options;
    const size =
      expectedBytes !== undefined && expectedBytes >= atLeast && expectedBytes <= maxBytes
        ? expectedBytes
        : Math.min(maxBytes, Math.max(atLeast, 2 * this.#buffer.length, FIRST_BYTES));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

const EMPTY = Buffer.alloc(0);
