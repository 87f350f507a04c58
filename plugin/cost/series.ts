import { OWN_SERVICE } from '../../params/service-schema';
import type { InstantQuery } from './amp-query';

/** The series of one metric that one job writes, and how often each gets a sample. */
export interface SeriesGroup {
  readonly metric: string;
  /** The service that they are about; of the stack's own parts, the job. */
  readonly owner: string;
  readonly series: number;
  /** Samples a second of all of them. */
  readonly perSecond: number;
}

/** Two samples of the longest scrape interval, 60 s. */
const WINDOW_SECONDS = 120;

/**
 * The series of the last five minutes, by metric and service. The rate is measured on one metric of each job, whose series all have one interval:
 * `count_over_time` of several metrics at once is refused, as it drops their names.
 */
export async function readSeries(query: InstantQuery): Promise<readonly SeriesGroup[]> {
  const counted = await query('count by (__name__, job, service) ({__name__=~".+"})');
  const writers = Map.groupBy(counted, ({ labels }) => `${labels['job'] ?? ''}\n${labels['service'] ?? ''}`);
  const groups = await Promise.all(
    [...writers.values()].map(async (metrics) => {
      const { labels: first } = metrics.reduce((most, each) => (each.value > most.value ? each : most));
      const rate = await sampleRate(query, first);
      return metrics.map(({ labels, value }) => ({
        metric: labels['__name__'] ?? '',
        owner: ownerOf(labels),
        series: value,
        perSecond: value * rate,
      }));
    }),
  );
  return groups.flat();
}

/** A rate of Prometheus's counters in AMP, the sum over all series; undefined when there is none. */
export async function readRate(query: InstantQuery, metric: string): Promise<number | undefined> {
  const [found] = await query(`sum(rate(${metric}[5m]))`);
  return found?.value;
}

/** Samples a second of one series of this metric. */
async function sampleRate(query: InstantQuery, labels: Readonly<Record<string, string>>): Promise<number> {
  const matchers = ['job', 'service'].map((name) => `${name}=${JSON.stringify(labels[name] ?? '')}`);
  const selector = `{__name__=${JSON.stringify(labels['__name__'] ?? '')},${matchers.join(',')}}`;
  const [found] = await query(`avg(count_over_time(${selector}[${WINDOW_SECONDS}s]))`);
  return (found?.value ?? 0) / WINDOW_SECONDS;
}

/** Span metrics name the service in `service`; all others in `job`. The data processor's own scrape job has a shorter name. */
function ownerOf({ job, service }: Readonly<Record<string, string>>): string {
  const name = service || job || 'no job';
  return `${name}-service` === OWN_SERVICE ? OWN_SERVICE : name;
}
