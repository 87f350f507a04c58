import { quantileOf } from './quantile';

interface Window {
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly from: number;
  readonly to: number;
}
interface RangeFunction {
  /** Undefined removes the series from the result. */
  readonly measure: (window: Window, parameter: number) => number | undefined;
  readonly parameters: 0 | 1;
  /** The index of the range vector among the arguments. */
  readonly position: 0 | 1;
  readonly keepsName?: boolean;
}

const plain = (measure: (values: readonly number[]) => number): RangeFunction => ({
  measure: ({ values }) => measure(values),
  parameters: 0,
  position: 0,
});
const windowed = (measure: RangeFunction['measure']): RangeFunction => ({ measure, parameters: 0, position: 0 });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The functions that take a range vector. */
export const rangeFunctions: Readonly<Record<string, RangeFunction>> = {
  rate: windowed((window) => extrapolated(window, true, true)),
  increase: windowed((window) => extrapolated(window, true, false)),
  delta: windowed((window) => extrapolated(window, false, false)),
  irate: windowed((window) => instantaneous(window, true)),
  idelta: windowed((window) => instantaneous(window, false)),
  changes: plain((values) => values.filter((value, index) => index > 0 && value !== values[index - 1]).length),
  resets: plain((values) => values.filter((value, index) => value < (values[index - 1] ?? value)).length),
  avg_over_time: plain((values) => sum(values) / values.length),
  sum_over_time: plain(sum),
  min_over_time: plain((values) => Math.min(...values)),
  max_over_time: plain((values) => Math.max(...values)),
  count_over_time: plain((values) => values.length),
  present_over_time: plain(() => 1),
  stddev_over_time: plain((values) => {
    const mean = sum(values) / values.length;
    return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
  }),
  last_over_time: { ...plain((values) => values.at(-1) ?? Number.NaN), keepsName: true },
  quantile_over_time: { measure: ({ values }, quantile) => quantileOf(quantile, values), parameters: 1, position: 1 },
};

/**
 * Prometheus's extrapolation (promql/functions.go, extrapolatedRate): the change between the first and last sample,
 * counter resets added, extrapolated to the range's ends when they are near enough; for a counter never below zero.
 */
function extrapolated({ times, values, from, to }: Window, isCounter: boolean, isRate: boolean): number | undefined {
  const [first, last] = [times[0], times.at(-1)];
  const [firstValue, lastValue] = [values[0], values.at(-1)];
  if (
    times.length < 2 ||
    first === undefined ||
    last === undefined ||
    firstValue === undefined ||
    lastValue === undefined
  ) {
    return undefined;
  }
  const resets = isCounter
    ? sum(values.map((value, index) => (value < (values[index - 1] ?? value) ? (values[index - 1] ?? 0) : 0)))
    : 0;
  const change = lastValue - firstValue + resets;
  const sampled = (last - first) / 1000;
  const average = sampled / (times.length - 1);
  const threshold = average * 1.1;
  let toStart = (first - from) / 1000;
  let toEnd = (to - last) / 1000;
  if (toStart >= threshold) toStart = average / 2;
  if (isCounter && change > 0 && firstValue >= 0) {
    // A counter is never below zero: extrapolate back no further than to zero.
    toStart = Math.min(toStart, sampled * (firstValue / change));
  }
  if (toEnd >= threshold) toEnd = average / 2;
  const result = change * ((sampled + toStart + toEnd) / sampled);
  return isRate ? result / ((to - from) / 1000) : result;
}

function instantaneous({ times, values }: Window, isRate: boolean): number | undefined {
  const [before, last] = values.slice(-2);
  const [earlier, latest] = times.slice(-2);
  if (
    before === undefined ||
    last === undefined ||
    earlier === undefined ||
    latest === undefined ||
    latest === earlier
  ) {
    return undefined;
  }
  const change = isRate && last < before ? last : last - before;
  return isRate ? change / ((latest - earlier) / 1000) : change;
}
