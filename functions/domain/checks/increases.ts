import type { Sample } from '../queries/prometheus';

export type Labels = Readonly<Record<string, string>>;

/** How many requests with these labels were sent. */
export interface Sent {
  readonly labels: Labels;
  readonly times: number;
}

/** The counter's increase since the marker for these labels: in total and per series. */
export interface Increase extends Sent {
  readonly by: number;
  readonly series: readonly number[];
}

export function countBy(all: readonly Labels[]): readonly Sent[] {
  const counts = new Map<string, Sent>();
  for (const labels of all) {
    const present = counts.get(key(labels));
    counts.set(key(labels), { labels, times: (present?.times ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** Sums all series with these labels. A series whose value fell was restarted, so it counts from zero. */
export function increaseOf(sent: Sent, then: readonly Sample[], now: readonly Sample[]): Increase {
  const start = new Map(then.map((sample) => [key(sample.labels), sample.value]));
  const series = now
    .filter((sample) => carries(sample.labels, sent.labels))
    .map((sample) => {
      const from = start.get(key(sample.labels)) ?? 0;
      return sample.value >= from ? sample.value - from : sample.value;
    })
    .filter((by) => by > 0);
  return { ...sent, by: series.reduce((sum, by) => sum + by, 0), series };
}

export function carries(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

export function show(labels: Labels): string {
  return Object.values(labels).join(' ');
}

function key(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)));
}
