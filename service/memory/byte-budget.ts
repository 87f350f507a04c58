/** A limit on the bytes held for all requests (bodies and S3's answers). Beyond it bytes are refused, not queued. */

export interface Lease {
  /**
   * Reserves bytes for this request. Returns false and reserves none when that would pass the limit or the lease has
   * ended.
   */
  take(bytes: number): boolean;
  /** Releases some of them: their memory is free. */
  giveBack(bytes: number): void;
  /** Releases all of them; later `take` calls return false. */
  end(): void;
}

export class ByteBudget {
  #held = 0;

  constructor(
    private readonly limit: number,
    /** Called with the bytes held, after each change. */
    private readonly onChange: (held: number) => void = () => undefined,
  ) {}

  get isFull(): boolean {
    return this.#held >= this.limit;
  }

  /** One for each request. */
  lease(): Lease {
    let own = 0;
    let ended = false;
    const change = (bytes: number) => {
      if (bytes === 0) return;
      own += bytes;
      this.#held += bytes;
      this.onChange(this.#held);
    };
    return {
      take: (bytes) => {
        if (ended || this.#held + bytes > this.limit) return false;
        change(bytes);
        return true;
      },
      giveBack: (bytes) => change(-Math.min(bytes, own)),
      end: () => {
        ended = true;
        change(-own);
      },
    };
  }
}
