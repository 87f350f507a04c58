import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { instantQuery, type Sample } from '../queries/prometheus';
import type { Traffic } from '../traffic';
import type { Check, Observation, Open } from './check';
import { METRICS } from './names';

const DEADLINE_MS = 90_000;

/**
 * The tester's requests as counter increases in AMP. The marker is the time before the first call: the value at that time
 * is subtracted, series by series, so that a task that restarted counts from zero.
 */
export function metricChecks(grafana: Grafana, traffic: Traffic, clock: Clock): readonly Check[] {
  const before = new Date(traffic.startedAt);
  const expectRequests = countBy(
    traffic.calls.map(({ method, endpoint, expectedStatus }) => ({ method, endpoint, status: String(expectedStatus) })),
  );
  const perEndpoint = countBy(traffic.calls.map(({ endpoint }) => ({ endpoint })));
  return [
    increaseCheck(grafana, clock, before, 'request-counter', METRICS.requests, expectRequests),
    increaseCheck(grafana, clock, before, 'duration-histogram', METRICS.durationCount, perEndpoint),
    increaseCheck(grafana, clock, before, 'business-metrics', METRICS.operations, countBy(operationsOf(traffic))),
  ];
}

/** What the service counts for the calls that reach its storage. */
function operationsOf(traffic: Traffic): readonly Readonly<Record<string, string>>[] {
  return traffic.calls.flatMap(({ method, expectedStatus }) => {
    if (expectedStatus === 400) return [];
    return [{ operation: method === 'POST' ? 'put' : 'get', result: expectedStatus === 404 ? 'not_found' : 'success' }];
  });
}

interface Expected {
  readonly labels: Readonly<Record<string, string>>;
  readonly atLeast: number;
}

export function increaseCheck(
  grafana: Grafana,
  clock: Clock,
  before: Date,
  name: string,
  metric: string,
  expected: readonly Expected[],
): Check {
  return {
    name,
    query: `${metric}, now and at ${before.toISOString()}`,
    expected: expected.map(({ labels, atLeast }) => `${show(labels)} up by ${atLeast} or more`).join('; '),
    deadline: DEADLINE_MS,
    async look() {
      const at = (time: Date) => instantQuery(grafana, metric, { from: new Date(time.getTime() - 300_000), to: time });
      const [then, now] = [await at(before), await at(clock.now())];
      const broken = withoutData(then, 'prometheus') ?? withoutData(now, 'prometheus');
      if (broken) return broken;
      if (then.kind !== 'data' || now.kind !== 'data')
        throw new TypeError('an answer without data is dealt with above');
      const increases = expected.map(({ labels, atLeast }) => ({
        labels,
        atLeast,
        increase: increase(then.data, now.data, labels),
      }));
      const short = increases.filter(({ increase: by, atLeast }) => by < atLeast);
      const found = increases.map(({ labels, increase: by }) => `${show(labels)} up by ${by}`).join('; ');
      if (short.length === 0) return { verdict: 'passed', found, evidence: increases };
      return now.data.length === 0
        ? {
            verdict: 'late',
            found: `no series ${metric}`,
            evidence: increases,
            hop: 'collector path',
            remedy: COLLECTOR_REMEDY,
          }
        : {
            verdict: 'late',
            found,
            evidence: { increases, series: now.data.slice(0, 50) },
            hop: 'service',
            remedy: SERVICE_REMEDY,
          };
    },
    diagnose: (last) =>
      last.verdict === 'late' ? diagnose(grafana, clock, before, metric, last) : Promise.resolve(last),
  };
}

const COLLECTOR_REMEDY =
  'Read the log of the Prometheus sidecar for remote write errors (403: the task role lacks aps:RemoteWrite, or the region is wrong), and check that it scrapes port 9090.';
const SERVICE_REMEDY =
  'Look at the metrics of the service (/metrics): the label names or values are not those that the tester’s calls should have.';

/**
 * Which hop is silent since the marker. A series that stopped is still found for five minutes, so only samples that are younger than
 * the marker count; `up` is written by the scraper itself: with it the path works, and the service does not expose this metric.
 */
async function diagnose(
  grafana: Grafana,
  clock: Clock,
  before: Date,
  metric: string,
  last: Open,
): Promise<Observation> {
  const to = clock.now();
  const time = { from: before, to };
  const window = `${Math.max(1, Math.floor((to.getTime() - before.getTime()) / 1000))}s`;
  const since = (selector: string) => instantQuery(grafana, `count_over_time(${selector}[${window}])`, time);
  const fresh = await since(metric);
  if (fresh.kind !== 'data' || fresh.data.length > 0) return last;
  const samples = await since('up{job="data-processor"}');
  if (samples.kind !== 'data') return last;
  if (samples.data.length === 0)
    return {
      ...last,
      hop: 'collector path',
      found: `no sample of ${metric} since ${before.toISOString()}, nor of up{job="data-processor"}: nothing arrives by remote write`,
      remedy: COLLECTOR_REMEDY,
    };
  const up = await instantQuery(grafana, 'up{job="data-processor"}', time);
  const isUp = up.kind === 'data' && up.data.some(({ value }) => value === 1);
  return {
    ...last,
    verdict: 'wrong',
    hop: 'service',
    found: `no sample of ${metric} since ${before.toISOString()}, though the scraper writes (up is ${isUp ? 1 : 0})`,
    remedy: isUp
      ? `The service does not expose ${metric}: it was renamed, or never counted.`
      : 'The scraper cannot reach the metrics port of the service: look at METRICS_PORT and the scrape configuration.',
  };
}

/** The sum over all series that carry `labels`; a series that fell was restarted and counts from zero. */
function increase(then: readonly Sample[], now: readonly Sample[], labels: Readonly<Record<string, string>>): number {
  const start = new Map(then.map((sample) => [key(sample.labels), sample.value]));
  return now
    .filter((sample) => Object.entries(labels).every(([name, value]) => sample.labels[name] === value))
    .reduce((sum, sample) => {
      const from = start.get(key(sample.labels)) ?? 0;
      return sum + (sample.value >= from ? sample.value - from : sample.value);
    }, 0);
}

function key(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)));
}

export function countBy(all: readonly Readonly<Record<string, string>>[]): readonly Expected[] {
  const counts = new Map<string, Expected>();
  for (const labels of all) {
    const present = counts.get(key(labels));
    counts.set(key(labels), { labels, atLeast: (present?.atLeast ?? 0) + 1 });
  }
  return [...counts.values()];
}

function show(labels: Readonly<Record<string, string>>): string {
  return Object.values(labels).join(' ');
}
