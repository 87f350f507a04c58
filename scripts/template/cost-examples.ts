import { costOf, HOURS, MONTH_SECONDS, type Prices, priceOf } from '../../plugin/cost/prices';
import { table } from './markdown';

/** The interface endpoints that would replace a NAT: AMP, CloudWatch Logs, SNS, STS and two of ECR. */
const ENDPOINTS = 6;
const ZONES = 2;

/** Compares one NAT gateway with the interface endpoints that would replace it: USD a month, fixed and per GB. */
export function wayOutTable(prices: Prices): string {
  const price = (name: string): number => {
    const found = priceOf(prices, name);
    if (!('price' in found)) throw new Error(`docs/prices.yml has to have the price "${name}".`);
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

/** Samples a series and month (30 days) by scrape interval, and what AMP takes for 1,000 series. */
export function samplesTable(prices: Prices): string {
  const rows = [5, 10, 15, 30, 60].map((seconds) => {
    const samples = MONTH_SECONDS / seconds;
    const monthly = costOf(prices, 'ampSamples', 1000 * samples);
    return [`${seconds}s`, samples.toLocaleString('en-US'), monthly?.toFixed(2) ?? 'look up'];
  });
  return table(['scrapeInterval', 'samples a series and month', 'USD a month for 1,000 series'], rows);
}
