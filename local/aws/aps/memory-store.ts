import { keyOf, type Labels } from '../../engines/wire/labels';
import type { MetricMetadata, TimeSeries } from '../../engines/wire/remote-write';
import { type Matcher, type RangeSeries, type SeriesSource, seriesText } from './promql/values';

interface Series {
  readonly labels: Labels;
  times: number[];
  values: number[];
}

/** A sample that Amazon Managed Prometheus refuses: 400. */
export class SampleRejected extends Error {
  override readonly name = 'SampleRejected';
}

/** Amazon Managed Prometheus's out-of-order window (aws-facts: amp-out-of-order). */
const outOfOrderMs = 60_000;
/** Older samples are deleted, to limit memory. A local run is shorter. */
const keptSamples = 20_000;
const maxLabels = 150;

/** Series in memory, used when no real Prometheus is available. */
export class MemoryStore implements SeriesSource {
  readonly metadata = new Map<string, MetricMetadata>();
  private readonly byName = new Map<string, Map<string, Series>>();

  /**
   * Stores the acceptable samples. Throws SampleRejected with the first fault if some were refused, as the service
   * does.
   */
  append(series: readonly TimeSeries[], metadata: readonly MetricMetadata[]): void {
    for (const each of metadata) this.metadata.set(each.name, each);
    let fault: string | undefined;
    for (const { labels, samples, hasNativeHistograms } of series) {
      if (hasNativeHistograms) fault ??= `native histograms are not stored, series=${seriesText(labels)}`;
      fault ??= invalidLabels(labels);
      if (labels['__name__'] === undefined) continue;
      const known = this.seriesOf(labels);
      for (const { timestamp, value } of samples) {
        const reason = insert(known, timestamp, value);
        if (reason) fault ??= `${reason}. timestamp=${new Date(timestamp).toISOString()}, series=${seriesText(labels)}`;
      }
    }
    if (fault !== undefined) throw new SampleRejected(`err: ${fault}`);
  }

  select(matchers: readonly Matcher[], from: number, to: number): readonly RangeSeries[] {
    const names = matchers.filter(({ name }) => name === '__name__');
    const rest = matchers.filter(({ name }) => name !== '__name__');
    return [...this.byName]
      .filter(([name]) => names.every(({ matches }) => matches(name)))
      .flatMap(([, all]) => [...all.values()])
      .filter(({ labels }) => rest.every(({ name, matches }) => matches(labels[name] ?? '')))
      .flatMap(({ labels, times, values }) => {
        const [start, end] = [firstAfter(times, from), firstAfter(times, to)];
        return end > start ? [{ labels, times: times.slice(start, end), values: values.slice(start, end) }] : [];
      });
  }

  private seriesOf(labels: Labels): Series {
    const name = labels['__name__'] ?? '';
    const ofName = this.byName.get(name) ?? new Map<string, Series>();
    this.byName.set(name, ofName);
    const key = keyOf(labels);
    const known = ofName.get(key) ?? { labels, times: [], values: [] };
    ofName.set(key, known);
    return known;
  }
}

/** Why a sample is refused; undefined if it is accepted. A duplicate is accepted. */
function insert(series: Series, timestamp: number, value: number): string | undefined {
  const { times, values } = series;
  const last = times.at(-1);
  if (last === undefined || timestamp > last) {
    times.push(timestamp);
    values.push(value);
    if (times.length > keptSamples) {
      series.times = times.slice(-keptSamples / 2);
      series.values = values.slice(-keptSamples / 2);
    }
    return undefined;
  }
  const at = firstAfter(times, timestamp - 1);
  if (times[at] === timestamp) return Object.is(values[at], value) ? undefined : 'duplicate sample for timestamp';
  if (timestamp < last - outOfOrderMs) return 'out of order sample';
  times.splice(at, 0, timestamp);
  values.splice(at, 0, value);
  return undefined;
}

function invalidLabels(labels: Labels): string | undefined {
  if (labels['__name__'] === undefined) return 'missing metric name';
  const names = Object.keys(labels);
  if (names.length > maxLabels)
    return `series has too many labels (actual: ${names.length}, limit: ${maxLabels}) series=${seriesText(labels)}`;
  const bad = names.find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
  return bad === undefined ? undefined : `label name ${JSON.stringify(bad)} is invalid, series=${seriesText(labels)}`;
}

/** The index of the first time after `limit`. */
function firstAfter(times: readonly number[], limit: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
