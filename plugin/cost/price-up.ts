import type { TaskGroup } from './inventory';
import { containerInsightsMetrics, costOf, HOURS, MONTH_SECONDS, type Prices, priceInWords, priceOf } from './prices';
import type { SeriesGroup } from './series';
import type { Usage } from './usage';

/** What was counted of a deployed stack. A missing member could not be read; `unread` says why. */
export interface Counts {
  readonly tasks: readonly TaskGroup[];
  readonly loadBalancers: number;
  readonly natGateways: number;
  readonly addresses: number;
  readonly keys: number;
  readonly alarms: number;
  /** Container Insights of the cluster: `disabled`, `enabled`, `enhanced`. */
  readonly insights: string;
  /** Service accounts of the Grafana workspace; AMG bills each as a user. */
  readonly serviceAccounts?: number;
  readonly series?: readonly SeriesGroup[];
  readonly usage: Usage;
}

/** A line of `sls cost`: USD a month, or why there is no sum. */
export interface CostLine {
  readonly component: string;
  readonly quantity: string;
  readonly monthly?: number;
  /** Why `monthly` is missing: nothing was counted, or a price has to be looked up. */
  readonly without?: string;
}

export interface Bill {
  readonly lines: readonly CostLine[];
  /** USD a month of the lines that have a sum. */
  readonly monthly: number;
  /** The samples by service, and the ten metrics that cost most; USD a month. */
  readonly services: readonly Share[];
  readonly metrics: readonly Share[];
}

export interface Share {
  readonly name: string;
  readonly series: number;
  /** Samples a second. */
  readonly samples: number;
  readonly monthly?: number;
}

const DEAREST = 10;

/** Prices what was counted; a line without a price, or without a count, has no sum and says why. */
export function priceUp(counts: Counts, prices: Prices): Bill {
  const lines = componentLines(counts, prices);
  const groups = counts.series ?? [];
  const perSecond = total(groups.map((group) => group.perSecond));
  const samples = costOf(prices, 'ampSamples', perSecond * MONTH_SECONDS);
  const shares = (by: (group: SeriesGroup) => string) =>
    [...Map.groupBy(groups, by)]
      .map(([name, members]): Share => {
        const rate = total(members.map((group) => group.perSecond));
        const monthly = samples === undefined || perSecond === 0 ? undefined : (samples * rate) / perSecond;
        const series = total(members.map((group) => group.series));
        return { name, series, samples: rate, ...(monthly !== undefined && { monthly }) };
      })
      .sort((a, b) => b.samples - a.samples || b.series - a.series || a.name.localeCompare(b.name));
  return {
    lines,
    monthly: total(lines.map(({ monthly = 0 }) => monthly)),
    services: shares(({ owner }) => owner),
    metrics: shares(({ metric }) => metric).slice(0, DEAREST),
  };
}

function componentLines(counts: Counts, prices: Prices): readonly CostLine[] {
  const { tasks, usage, series, insights } = counts;
  const line = (component: string, quantity: string, ...costs: readonly Cost[]): CostLine => ({
    component,
    quantity,
    ...sumOf(prices, costs),
  });
  const perTask = tasks.filter(({ count }) => count > 0);
  const insightsMetrics = insights === 'disabled' ? 0 : containerInsightsMetrics(perTask.length);
  const samples = series && total(series.map(({ perSecond }) => perSecond)) * MONTH_SECONDS;
  return [
    line(
      'Fargate tasks',
      `${total(perTask.map(({ count }) => count))}: ${perTask.map(taskInWords).join(', ') || 'none runs'}`,
      ...perTask.flatMap(({ count, vcpu, gb, isArm }): readonly Cost[] => [
        [isArm ? 'fargateArmVcpuHour' : 'fargateX86VcpuHour', HOURS * count * vcpu],
        [isArm ? 'fargateArmGbHour' : 'fargateX86GbHour', HOURS * count * gb],
      ]),
    ),
    line('Load balancers', `${counts.loadBalancers}`, ['loadBalancerHour', HOURS * counts.loadBalancers]),
    uncounted('Load balancer capacity', prices, 'loadBalancerLcuHour'),
    line('NAT gateways', `${counts.natGateways}`, ['natGatewayHour', HOURS * counts.natGateways]),
    line('NAT traffic', amount(usage.natGb, 'GB'), ['natGatewayGb', usage.natGb]),
    line('Public IPv4 addresses', `${counts.addresses}`, ['publicAddressMonth', counts.addresses]),
    line('Grafana users', `${counts.serviceAccounts ?? '-'}: service accounts; each user who logs in is one more`, [
      'grafanaEditorMonth',
      counts.serviceAccounts,
    ]),
    line('Managed Prometheus', series ? seriesInWords(series) : '-', ['ampSamples', samples]),
    line('KMS keys', `${counts.keys}`, ['kmsKeyMonth', counts.keys]),
    line('CloudWatch alarms', `${counts.alarms}`, ['alarmMonth', counts.alarms]),
    line('CloudWatch logs', amount(usage.logsGb, 'GB taken in'), ['logsGb', usage.logsGb]),
    line('Container Insights', insightsMetrics === 0 ? 'off' : `at least ${insightsMetrics} metrics (${insights})`, [
      insights === 'enhanced' ? 'enhancedMetricMonth' : 'customMetricMonth',
      insightsMetrics,
    ]),
    line(
      'Lambda',
      amount(usage.lambdaGbSeconds, 'GB-seconds'),
      ['lambdaArmGbSecond', usage.lambdaGbSeconds],
      ['lambdaRequests', usage.lambdaRequests],
    ),
    line('S3 storage', amount(usage.bucketsGb, 'GB'), ['s3Gb', usage.bucketsGb]),
    uncounted('S3 requests', prices, 's3Writes', 's3Reads'),
    uncounted('Step Functions', prices, 'stateTransitions'),
    uncounted('X-Ray', prices, 'traces'),
    uncounted('SNS and SQS', prices, 'notifications', 'queueRequests'),
    uncounted('Storage and queries of Managed Prometheus', prices, 'ampStorageGb', 'ampQuerySamples'),
  ];
}

/** The name of a price, and how many units a month; undefined where nothing was counted. */
type Cost = readonly [price: string, units: number | undefined];

function sumOf(prices: Prices, costs: readonly Cost[]): Pick<CostLine, 'monthly' | 'without'> {
  const unknown = costs.filter(([name, units]) => units !== 0 && !('price' in priceOf(prices, name)));
  if (unknown.length > 0) return { without: unknown.map(([name]) => priceInWords(prices, name)).join('; ') };
  const missing = costs.filter(([, units]) => units === undefined);
  if (missing.length > 0)
    return {
      without: `no data; ${words(
        prices,
        missing.map(([name]) => name),
      )}`,
    };
  return { monthly: total(costs.map(([name, units = 0]) => costOf(prices, name, units) ?? 0)) };
}

/** What is billed by use, and has no metric that this command reads. */
function uncounted(component: string, prices: Prices, ...names: readonly string[]): CostLine {
  return { component, quantity: '-', without: `not counted; ${words(prices, names)}` };
}

function words(prices: Prices, names: readonly string[]): string {
  return names.map((name) => priceInWords(prices, name)).join(', ');
}

function taskInWords({ service, count, vcpu, gb }: TaskGroup): string {
  return `${count} × ${vcpu} vCPU ${gb} GB ${service}`;
}

function seriesInWords(groups: readonly SeriesGroup[]): string {
  const series = total(groups.map((group) => group.series));
  const perSecond = total(groups.map((group) => group.perSecond));
  return `${series.toLocaleString('en-US')} series, ${perSecond.toFixed(1)} samples a second`;
}

function amount(value: number | undefined, unit: string): string {
  return value === undefined ? '-' : `${value.toLocaleString('en-US', { maximumFractionDigits: 2 })} ${unit}`;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
