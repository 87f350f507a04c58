import { groupByLabels, type Labels } from '../../../engines/wire/labels';
import { type Point, without } from './values';

/** Prometheus's quantile of values: linear interpolation between the two nearest ranks. */
export function quantileOf(quantile: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = quantile * (sorted.length - 1);
  const lower = sorted[Math.max(0, Math.floor(rank))] ?? Number.NaN;
  const upper = sorted[Math.min(sorted.length - 1, Math.floor(rank) + 1)] ?? Number.NaN;
  const weight = rank - Math.floor(rank);
  return lower * (1 - weight) + upper * weight;
}

/** `histogram_quantile` over classic histograms: buckets by `le`, cumulative, linear inside the bucket of the rank. */
export function histogramQuantile(quantile: number, points: readonly Point[]): Point[] {
  const withBounds = points.filter(({ labels }) => labels['le'] !== undefined && !Number.isNaN(boundOf(labels)));
  return groupByLabels(withBounds, ({ labels }) => without(labels, '__name__', 'le')).map(({ labels, members }) => ({
    labels,
    value: bucketQuantile(quantile, members),
  }));
}

function bucketQuantile(quantile: number, members: readonly Point[]): number {
  const buckets = members
    .map(({ labels, value }) => ({ bound: boundOf(labels), count: value }))
    .sort((a, b) => a.bound - b.bound);
  // Make the counts monotonic: rounding errors and late buckets can decrease them.
  for (let index = 1; index < buckets.length; index++) {
    const [before, bucket] = [buckets[index - 1], buckets[index]];
    if (before && bucket) bucket.count = Math.max(bucket.count, before.count);
  }
  const last = buckets.at(-1);
  if (last === undefined || last.bound !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  if (last.count === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const rank = quantile * last.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  if (index === buckets.length - 1) return buckets.at(-2)?.bound ?? Number.NaN;
  const bucket = buckets[index];
  const before = buckets[index - 1];
  if (bucket === undefined) return Number.NaN;
  if (before === undefined && bucket.bound <= 0) return bucket.bound;
  const start = before?.bound ?? 0;
  const below = before?.count ?? 0;
  return start + ((bucket.bound - start) * (rank - below)) / (bucket.count - below);
}

function boundOf(labels: Labels): number {
  const text = labels['le'] ?? '';
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}
