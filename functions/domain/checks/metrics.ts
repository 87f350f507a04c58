import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { instantQuery, type Sample } from '../queries/prometheus';
import type { Traffic } from '../traffic';
import type { Check, Observation, Open } from './check';
import { explainExtra, type LoggedRequest, type UnexplainedRequests } from './extra-requests';
import { countBy, increaseOf, type Labels, type Sent, show } from './increases';
import { METRICS, ofStage } from './names';

const DEADLINE_MS = 90_000;

export interface Counting {
  readonly unexplainedRequests: UnexplainedRequests;
  /** Milliseconds between two scrapes of the service. */
  readonly scrapeInterval: number;
  /** The stage of this stack. Series of another stage belong to another stack. */
  readonly stage: string;
}

/**
 * Checks the tester's requests as counter increases in AMP. The marker is the time before the first call. The value at
 * the marker is subtracted from each series; a task that restarted counts from zero.
 */
export function metricChecks(grafana: Grafana, traffic: Traffic, clock: Clock, counting: Counting): readonly Check[] {
  const counters: readonly Counter[] = [
    {
      name: 'request-counter',
      metric: METRICS.requests,
      countedAs: ({ method, endpoint, status }) => ({ method, endpoint, status }),
    },
    { name: 'duration-histogram', metric: METRICS.durationCount, countedAs: ({ endpoint }) => ({ endpoint }) },
    // Only the buckets below +Inf give a quantile.
    {
      name: 'duration-buckets',
      metric: METRICS.durationBuckets,
      countedAs: ({ endpoint }) => ({ endpoint, le: '+Inf' }),
      fault: coarseBuckets,
    },
    { name: 'business-metrics', metric: METRICS.operations, countedAs: operationOf },
  ];
  return counters.map((counter) => counterCheck(counter, { grafana, traffic, clock, counting }));
}

interface Counter {
  readonly name: string;
  readonly metric: string;
  /** The labels under which the metric counts a request; undefined if it does not count it. */
  readonly countedAs: (request: LoggedRequest) => Labels | undefined;
  /** A fault that shows although the counts rose. */
  readonly fault?: (sent: readonly Sent[], then: readonly Sample[], now: readonly Sample[]) => string | undefined;
}

/**
 * Every request in +Inf took less time than the tester waits, so it must be in a bucket below +Inf too. With fewer than
 * two such buckets a quantile has only two possible values.
 */
function coarseBuckets(sent: readonly Sent[], then: readonly Sample[], now: readonly Sample[]): string | undefined {
  for (const { labels, times } of sent) {
    const { endpoint = '' } = labels;
    const bounds = new Set(
      now.flatMap((each) => (each.labels['endpoint'] === endpoint ? [each.labels['le'] ?? ''] : [])),
    );
    const finite = [...bounds]
      .map(Number)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const largest = [...bounds].find((bound) => Number(bound) === finite.at(-1));
    const rose = largest === undefined ? 0 : increaseOf({ labels: { endpoint, le: largest }, times }, then, now).by;
    if (finite.length < 2 || rose < times)
      return `${endpoint} has ${finite.length} buckets below +Inf (${finite.join(', ') || 'none'}), of which the largest rose by ${rose} and +Inf by ${times} or more`;
  }
  return undefined;
}

/** The storage operation that the service counts for a request. */
function operationOf({ method, status }: LoggedRequest): Labels | undefined {
  const result = { '200': 'success', '201': 'success', '404': 'not_found' }[status];
  return result === undefined ? undefined : { operation: method === 'POST' ? 'put' : 'get', result };
}

interface Context {
  readonly grafana: Grafana;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly counting: Counting;
}

function counterCheck(
  { name, metric, countedAs, fault }: Counter,
  { grafana, traffic, clock, counting }: Context,
): Check {
  const before = new Date(traffic.startedAt);
  const sent = countBy(
    traffic.calls.flatMap(({ method, endpoint, expectedStatus }) => {
      const labels = countedAs({ method, endpoint, status: String(expectedStatus) });
      return labels ? [labels] : [];
    }),
  );
  const isExact = counting.unexplainedRequests === 'fail';
  const series = ofStage(metric, counting.stage);
  return {
    name,
    query: `${series}, now and at ${before.toISOString()}`,
    expected: `${sent.map(({ labels, times }) => `${show(labels)} up by ${times}`).join('; ')}${isExact ? ', and by one for each request that another caller logged' : ', or more'}`,
    deadline: DEADLINE_MS,
    async look() {
      const at = (time: Date) => instantQuery(grafana, series, { from: new Date(time.getTime() - 300_000), to: time });
      const [then, now] = [await at(before), await at(clock.now())];
      const broken = withoutData(then, 'prometheus') ?? withoutData(now, 'prometheus');
      if (broken) return broken;
      if (then.kind !== 'data' || now.kind !== 'data')
        throw new TypeError('an answer without data is dealt with above');
      const increases = sent.map((each) => increaseOf(each, then.data, now.data));
      const found = increases.map(({ labels, by }) => `${show(labels)} up by ${by}`).join('; ');
      if (now.data.length === 0)
        return {
          verdict: 'late',
          found: `no series ${series}`,
          evidence: increases,
          hop: 'collector path',
          remedy: COLLECTOR_REMEDY,
        };
      if (increases.some(({ by, times }) => by < times))
        return {
          verdict: 'late',
          found,
          evidence: { increases, series: now.data.slice(0, 50) },
          hop: 'service',
          remedy: SERVICE_REMEDY,
        };
      const wrong = fault?.(sent, then.data, now.data);
      if (wrong !== undefined)
        return {
          verdict: 'wrong',
          found: wrong,
          evidence: { increases, series: now.data.slice(0, 50) },
          hop: 'service',
          remedy: 'Look at the buckets of the histogram in the service’s metrics: these give no quantile.',
        };
      if (!isExact) return { verdict: 'passed', found, evidence: increases };
      // Wait until every scraper had time for a scrape: a second one would raise the counts again.
      if (clock.now() < finalAt(traffic, counting))
        return {
          verdict: 'late',
          found: `${found}, before every scraper had time for a scrape`,
          evidence: increases,
          hop: 'collector path',
          remedy: COLLECTOR_REMEDY,
        };
      // Requests that came between the last scrape and the marker are in the increase too.
      const since = new Date(before.getTime() - counting.scrapeInterval - SCRAPE_TAKES_MS);
      return explainExtra({ grafana, clock, traffic, since, increases, countedAs });
    },
    diagnose: (last) =>
      last.verdict === 'late'
        ? diagnose({ grafana, clock, before, metric, stage: counting.stage }, last)
        : Promise.resolve(last),
  };
}

/** Time for a scrape and for its remote write. */
const SCRAPE_TAKES_MS = 1_000;

function finalAt({ startedAt, calls }: Traffic, { scrapeInterval }: Counting): Date {
  const took = calls.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return new Date(new Date(startedAt).getTime() + took + scrapeInterval + SCRAPE_TAKES_MS);
}

const COLLECTOR_REMEDY =
  'Read the log of the Prometheus sidecar for remote write errors (403: the task role lacks aps:RemoteWrite, or the region is wrong), and check that it scrapes port 9090.';
const SERVICE_REMEDY =
  'Look at the metrics of the service (/metrics): the label names or values do not fit the tester’s calls.';

/** A counter that did not rise, and the start of the period. */
interface Silence {
  readonly grafana: Grafana;
  readonly clock: Clock;
  readonly before: Date;
  readonly metric: string;
  readonly stage: string;
}

/**
 * Finds the hop that sent nothing since the marker. A query still finds a stopped series for five minutes, so only
 * samples newer than the marker count. The scraper itself writes `up`: if `up` is there, the path works and the service
 * lacks this metric.
 */
async function diagnose({ grafana, clock, before, metric, stage }: Silence, last: Open): Promise<Observation> {
  const to = clock.now();
  const time = { from: before, to };
  const window = `${Math.max(1, Math.floor((to.getTime() - before.getTime()) / 1000))}s`;
  const since = (selector: string) => instantQuery(grafana, `count_over_time(${selector}[${window}])`, time);
  const fresh = await since(ofStage(metric, stage));
  if (fresh.kind !== 'data' || fresh.data.length > 0) return last;
  const ofAny = await since(metric);
  const stages = ofAny.kind === 'data' ? ofAny.data.map(({ labels }) => labels['stage'] ?? '') : [];
  const others = new Set(stages.filter((other) => other !== stage));
  if (others.size > 0)
    return {
      ...last,
      verdict: 'wrong',
      hop: 'collector path',
      found: `the series ${metric} since ${before.toISOString()} have the stage ${[...others].map((other) => JSON.stringify(other)).join(', ')}, not "${stage}"`,
      remedy:
        'Look at STAGE of the Prometheus sidecar and at external_labels in its configuration; if the series are those of another stack, the two share a workspace of AMP.',
    };
  const up = ofStage('up', stage, 'job="data-processor"');
  const samples = await since(up);
  if (samples.kind !== 'data') return last;
  if (samples.data.length === 0)
    return {
      ...last,
      hop: 'collector path',
      found: `no sample of ${metric} since ${before.toISOString()}, nor of ${up}: nothing arrives by remote write`,
      remedy: COLLECTOR_REMEDY,
    };
  const scraped = await instantQuery(grafana, up, time);
  const isUp = scraped.kind === 'data' && scraped.data.some(({ value }) => value === 1);
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
