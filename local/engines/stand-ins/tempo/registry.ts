import type { TimeSeries } from '../../wire/remote-write';

type Labels = Readonly<Record<string, string>>;
interface Series {
  readonly labels: Record<string, string>;
  value: number;
  isNew: boolean;
}

/** The counters and histograms of the metrics generator. Every interval writes all of them. */
export class Registry {
  private readonly series = new Map<string, Series>();

  constructor(private readonly external: Labels) {}

  count(name: string, labels: Labels, by = 1): void {
    const all = { __name__: name, ...labels, ...this.external };
    const key = JSON.stringify(all);
    const known = this.series.get(key);
    if (known) known.value += by;
    else this.series.set(key, { labels: all, value: by, isNew: true });
  }

  observe(name: string, labels: Labels, buckets: readonly number[], value: number): void {
    for (const bound of buckets) this.count(`${name}_bucket`, { ...labels, le: String(bound) }, value <= bound ? 1 : 0);
    this.count(`${name}_bucket`, { ...labels, le: '+Inf' });
    this.count(`${name}_sum`, labels, value);
    this.count(`${name}_count`, labels);
  }

  /** A new series gets a zero sample one interval earlier, as in Tempo, so that its first increase counts. */
  collect(timestamp: number, intervalMs: number): TimeSeries[] {
    return [...this.series.values()].map((each) => {
      const samples = [{ value: each.value, timestamp }];
      if (each.isNew) samples.unshift({ value: 0, timestamp: timestamp - intervalMs });
      each.isNew = false;
      return { labels: each.labels, samples };
    });
  }
}
