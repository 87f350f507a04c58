/** One log line. `labels` are the stream's; `metadata` is the structured metadata. */
export interface Entry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Entries in memory. Over `limit`, the oldest are removed. */
export class LogStore {
  readonly received = { lines: 0, bytes: 0 };
  private entries: Entry[] = [];

  constructor(private readonly limit = 200_000) {}

  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.received.lines++;
      this.received.bytes += Buffer.byteLength(entry.line);
      // A new entry is nearly always the newest, so the search starts at the end.
      let at = this.entries.length;
      while (at > 0 && (this.entries[at - 1]?.time ?? 0n) > entry.time) at--;
      this.entries.splice(at, 0, entry);
    }
    if (this.entries.length > this.limit) this.entries = this.entries.slice(-this.limit);
  }

  /** Entries in order of time; `from` is inclusive, `to` exclusive, as in Loki's queries. */
  between(from: bigint, to: bigint): readonly Entry[] {
    return this.entries.filter(({ time }) => time >= from && time < to);
  }

  get streams(): number {
    return new Set(this.entries.map(({ labels }) => JSON.stringify(labels))).size;
  }
}
