/** The bytes that the process holds for its callers: bodies in, answers of S3, bodies out. Beyond the limit new ones are refused, not queued. */

export interface Lease {
  /** Adds bytes to what this request holds; false, and nothing is added, when that would pass the limit or the lease has ended. */
  take(bytes: number): boolean;
  /** Gives some of them back: their memory is free. */
  giveBack(bytes: number): void;
  /** Gives all of them back; the lease can take nothing from then on. */
  end(): void;
}

export class ByteBudget {
  #held = 0;

  constructor(
    private readonly limit: number,
    /** Told the bytes that are held after each change. */
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
