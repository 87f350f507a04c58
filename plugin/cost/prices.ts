import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** A unit price of docs/prices.yml, whose head says what each member is. */
export interface KnownPrice {
  readonly price: number;
  readonly per?: number;
  readonly unit: string;
  readonly free?: number;
  readonly then?: { readonly above: number; readonly price: number };
  readonly 'eu-west-1'?: number;
  readonly source: string;
  readonly dated?: string;
  readonly read?: string;
}
/** A price that could not be read: where it is told. */
export interface UnknownPrice {
  readonly lookUp: string;
  readonly unit: string;
}
export type Price = KnownPrice | UnknownPrice;
export type Prices = Readonly<Record<string, Price>>;

/** Hours a month, as AWS's own examples count them. */
export const HOURS = 730;
/** Seconds in a month of 30 days, by which samples are counted. */
export const MONTH_SECONDS = 30 * 86_400;

/** The prices that this version of the plugin was shipped with. */
export function readPrices(): Prices {
  return parse(readFileSync(path.join(__dirname, '..', '..', 'docs', 'prices.yml'), 'utf8')) as Prices;
}

/** The price of this name; throws when docs/prices.yml has none. */
export function priceOf(prices: Prices, name: string): Price {
  const found = prices[name];
  if (!found) throw new Error(`docs/prices.yml has no price "${name}".`);
  return found;
}

/** USD for `amount` units a month; undefined when the price has to be looked up. */
export function costOf(prices: Prices, name: string, amount: number): number | undefined {
  const found = priceOf(prices, name);
  if (!('price' in found)) return undefined;
  const { price, per = 1, then } = found;
  const above = then ? Math.max(0, amount - then.above) : 0;
  return ((amount - above) * price + above * (then?.price ?? 0)) / per;
}

/** A price in words: `0.9 for 10,000,000 samples taken in`, or where to look it up. */
export function priceInWords(prices: Prices, name: string): string {
  const found = priceOf(prices, name);
  if (!('price' in found)) return `look up at ${found.lookUp} (${found.unit})`;
  const { price, per, unit } = found;
  return per ? `${plain(price)} for ${per.toLocaleString('en-US')} ${unit}` : `${plain(price)} for each ${unit}`;
}

/** Without an exponent: 0.0000133334 and not 1.33334e-5. */
export function plain(price: number): string {
  return price.toLocaleString('en-US', { maximumFractionDigits: 12, useGrouping: false });
}

/**
 * The metrics that Container Insights makes of a cluster on Fargate, whose number does not depend on the tasks (aws-facts:
 * container-insights-metrics): 10 of the cluster; of each service 13, and 8 of its task definition family. The enhanced kind adds those of
 * each task and container, which are not counted here.
 */
export function containerInsightsMetrics(services: number): number {
  return 10 + services * (13 + 8);
}
