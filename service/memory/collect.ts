/** Gathers the chunks of a stream into one buffer that takes no more memory than its bytes, however small the chunks are. */
import type { Lease } from './byte-budget';

export type Shortage =
  /** The stream has more bytes than its limit. */
  | 'too-large'
  /** The process may not hold more bytes. */
  | 'no-memory';

export interface CollectorOptions {
  readonly maxBytes: number;
  readonly lease: Lease;
  /** What the sender announced; undefined where it did not. */
  readonly expectedBytes: number | undefined;
}

/** The first room for a body of unknown length (bytes). */
const FIRST_BYTES = 16 * 1024;

/**
 * A chunk is a view on the memory that it was read into, with an object of its own: kept as they come, a megabyte in chunks of one byte is
 * a hundred megabytes. So they are copied.
 */
export class Collector {
  #buffer: Buffer = EMPTY;
  #length = 0;
  #taken = 0;

  constructor(private readonly options: CollectorOptions) {}

  /** Says what is short when the chunk cannot be kept; the collector is of no use from then on. */
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

  /** What was gathered; its bytes stay on the lease. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Gives back what was taken: the bytes are of no use. */
  discard(): void {
    this.options.lease.giveBack(this.#taken);
    this.#taken = 0;
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  /** Memory that is not written to yet costs nothing, so that an announced length may be trusted up to the limit. */
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
