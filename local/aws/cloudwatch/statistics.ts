import { AwsError } from '../../kernel/contracts';

type Statistic = (values: readonly number[]) => number;

const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0);

const statistics: Readonly<Record<string, Statistic>> = {
  Sum: sum,
  Average: (values) => sum(values) / values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
  SampleCount: (values) => values.length,
};

/**
 * A statistic by CloudWatch's name, including percentiles (`p95`, `p99.9`), of at least one value. Throws for an
 * unknown name.
 */
export function statisticOf(name: string): Statistic {
  const own = Object.hasOwn(statistics, name) ? statistics[name] : undefined;
  if (own !== undefined) return own;
  const percentile = Number(/^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1] ?? Number.NaN);
  if (Number.isNaN(percentile))
    throw new AwsError('UnsupportedOperation', `The local CloudWatch does not support the statistic "${name}"`);
  return (values) => interpolated(values, percentile / 100);
}

/** Interpolates between the two nearest values. CloudWatch keeps a distribution, not the values, and is less exact. */
function interpolated(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return low + (high - low) * (position - Math.floor(position));
}
