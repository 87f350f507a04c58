/**
 * Steps and rate intervals of Prometheus queries: pkg/promlib/models/query.go, intervalv2, and gtime of the plugin SDK.
 * Milliseconds.
 */
import { parseDuration, type Query, text } from './query';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The most points that a query may have, whatever its maxDataPoints. */
const safeResolution = 11_000;

/** [limit, interval]: an interval up to the limit is rounded to the second value (gtime.RoundInterval). */
const rounded: readonly (readonly [number, number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1.5 * second, second],
  [3.5 * second, 2 * second],
  [7.5 * second, 5 * second],
  [12.5 * second, 10 * second],
  [17.5 * second, 15 * second],
  [25 * second, 20 * second],
  [45 * second, 30 * second],
  [1.5 * minute, minute],
  [3.5 * minute, 2 * minute],
  [7.5 * minute, 5 * minute],
  [12.5 * minute, 10 * minute],
  [17.5 * minute, 15 * minute],
  [25 * minute, 20 * minute],
  [45 * minute, 30 * minute],
  [1.5 * hour, hour],
  [2.5 * hour, 2 * hour],
  [4.5 * hour, 3 * hour],
  [9 * hour, 6 * hour],
  [day, 12 * hour],
  [7 * day, day],
  [21 * day, 7 * day],
];

function roundInterval(interval: number): number {
  return rounded.find(([upTo]) => interval <= upTo)?.[1] ?? 30 * day;
}

/** The interval for maxDataPoints, but at least the query's own interval, or without one the panel's. */
export function stepOf(query: Query, scrapeMs: number): number {
  const asked = text(query.model['interval']);
  const panel = query.model['intervalMs'];
  const least = parseDuration(asked) || (typeof panel === 'number' && panel > 0 ? panel : scrapeMs);
  const range = query.to - query.from;
  const needed = range / Math.max(1, query.maxDataPoints);
  return Math.max(needed < least ? least : roundInterval(needed), roundInterval(range / safeResolution));
}

/** The value of $__rate_interval. It is computed from the panel's interval, not from the step. */
export function rateIntervalOf(query: Query, scrapeMs: number): number {
  const scrape = parseDuration(text(query.model['interval'])) || scrapeMs;
  return Math.max(query.intervalMs + scrape, 4 * scrape);
}
