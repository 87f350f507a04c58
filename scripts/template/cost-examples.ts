import type { Prices } from './cost';
import { table } from './markdown';

const HOURS = 730;
/** The interface endpoints that would replace a NAT: AMP, CloudWatch Logs, SNS, STS and two of ECR. */
const ENDPOINTS = 6;
const ZONES = 2;

/** Compares one NAT gateway with the interface endpoints that would replace it: USD a month, fixed and per GB. */
export function wayOutTable(prices: Prices): string {
  const price = (name: string): number => {
    const found = prices[name];
    if (!found || !('price' in found)) throw new Error(`docs/prices.yml has no price "${name}".`);
    return found.price;
  };
  const nat = HOURS * price('natGatewayHour') + price('publicAddressMonth');
  const endpoints = ENDPOINTS * ZONES * HOURS * price('interfaceEndpointHour');
  const perGb = price('natGatewayGb') - price('interfaceEndpointGb');
  return table(
    ['way out', 'USD a month', 'and a GB'],
    [
      ['one NAT gateway with its address', nat.toFixed(2), `${price('natGatewayGb')}`],
      [`${ENDPOINTS} interface endpoints in ${ZONES} zones`, endpoints.toFixed(2), `${price('interfaceEndpointGb')}`],
      ['equal at', `${Math.round((endpoints - nat) / perGb)} GB a month`, ''],
    ],
  );
}

/** Samples a series and month (30 days) by scrape interval. */
export function samplesTable(): string {
  const month = 30 * 86_400;
  const rows = [5, 10, 15, 30, 60].map((seconds) => [`${seconds}s`, (month / seconds).toLocaleString('en-US')]);
  return table(['scrapeInterval', 'samples a series and month'], rows);
}
