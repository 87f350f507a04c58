export type Dimensions = Readonly<Record<string, string>>;

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

export interface DataPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

interface Metric extends MetricName {
  points: DataPoint[];
}

/** Older points are deleted, to limit memory. A local run is shorter. */
const KEPT_POINTS = 20_000;

/** Metrics by namespace, name and dimensions. Keeps every value, so that every statistic can be computed. */
export class MetricStore {
  private readonly metrics = new Map<string, Metric>();

  put(metric: MetricName, points: readonly DataPoint[]): void {
    const key = keyOf(metric);
    const known = this.metrics.get(key) ?? { ...metric, points: [] };
    this.metrics.set(key, known);
    known.points.push(...points);
    if (known.points.length > KEPT_POINTS) known.points = known.points.slice(-KEPT_POINTS / 2);
  }

  list(): readonly MetricName[] {
    return [...this.metrics.values()];
  }

  /** The points of exactly this metric in [from, to); empty for an unknown metric. */
  points(metric: MetricName, from: number, to: number): readonly DataPoint[] {
    return (this.metrics.get(keyOf(metric))?.points ?? []).filter(({ at }) => at >= from && at < to);
  }
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
