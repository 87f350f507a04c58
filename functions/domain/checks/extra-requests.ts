import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { logLines } from '../queries/loki';
import type { Traffic } from '../traffic';
import type { Observation } from './check';
import { carries, type Increase, type Labels, show } from './increases';
import { SERVICE } from './names';

/**
 * How to treat requests that were counted beyond the tester's. `allow`: the schedule and users call the service too.
 * `fail`: each extra request must have its own log line; otherwise something was counted twice.
 */
export type UnexplainedRequests = 'allow' | 'fail';

/** Loki's limit for one query. The check cannot distinguish more requests than this. */
const MOST_LINES = 5_000;

/** A request as the service logs it, with the labels of http_requests_total. */
export interface LoggedRequest {
  readonly method: string;
  readonly endpoint: string;
  readonly status: string;
}

interface Extra {
  readonly grafana: Grafana;
  readonly clock: Clock;
  readonly traffic: Traffic;
  /** Time of the oldest request that the counters' increase may include. */
  readonly since: Date;
  readonly increases: readonly Increase[];
  /** The labels under which the counter counts a logged request; undefined if it does not count it. */
  readonly countedAs: (request: LoggedRequest) => Labels | undefined;
}

/**
 * Compares the requests that were counted beyond the tester's with the log lines of other callers. One line is one
 * request, however often a counter or a scraper counts it. Passes if each extra request has its line.
 */
export async function explainExtra(extra: Extra): Promise<Observation> {
  const { increases } = extra;
  const counted = increases.map(({ labels, by }) => `${show(labels)} up by ${by}`).join('; ');
  const more = increases.filter(({ by, times }) => by > times);
  if (more.length === 0) return { verdict: 'passed', found: counted, evidence: increases };
  const answer = await otherRequests(extra);
  if (!Array.isArray(answer)) {
    const { found } = answer as Observation;
    return {
      verdict: 'not-evaluated',
      found: `${counted}: more than sent, and Loki cannot say who else called: ${found}`,
    };
  }
  const others = answer as readonly LoggedRequest[];
  const evidence = { increases, others };
  if (others.length >= MOST_LINES)
    return { verdict: 'not-evaluated', found: `${counted}: too many others called to tell them apart`, evidence };
  const linesOf = (labels: Labels) =>
    others.filter((request) => carries(extra.countedAs(request) ?? {}, labels)).length;
  const unexplained = more.filter(({ labels, by, times }) => by - times > linesOf(labels));
  if (unexplained.length === 0)
    return {
      verdict: 'passed',
      found: `${counted}; what is more than sent was called by others, and logged`,
      evidence,
    };
  const found = unexplained
    .map(
      ({ labels, by, times }) =>
        `${show(labels)} up by ${by}, but ${times} sent and ${linesOf(labels)} logged of other callers`,
    )
    .join('; ');
  const isStoredTwice = unexplained.every(isInCopies);
  return {
    verdict: 'wrong',
    found: `more than sent: ${found}`,
    evidence,
    ...(isStoredTwice
      ? { hop: 'collector path', remedy: STORED_TWICE_REMEDY }
      : { hop: 'service', remedy: COUNTED_TWICE_REMEDY }),
  };
}

/** Whether several series repeat the same increase: with two scrapers each increase is stored twice. */
function isInCopies({ by, times, series }: Increase): boolean {
  const copies = by / times;
  const alike = Map.groupBy(series, (rise) => rise);
  return Number.isInteger(copies) && [...alike.values()].every(({ length }) => length % copies === 0);
}

const STORED_TWICE_REMEDY =
  'The same counter is stored as several series, each with the whole rise: look for a second scraper or remote write, and compare the labels of the series in the evidence.';
const COUNTED_TWICE_REMEDY =
  'The service counts a request more than once (is the metrics middleware mounted twice?), or another caller’s log line is lost.';

/** Other callers' requests since the marker, one per span. */
async function otherRequests({
  grafana,
  clock,
  traffic,
  since,
}: Extra): Promise<readonly LoggedRequest[] | Observation> {
  const lines = await logLines(
    grafana,
    `{service_name="${SERVICE}"} | code=~"REQUEST_.*"`,
    { from: since, to: new Date(clock.now().getTime() + 60_000) },
    MOST_LINES,
  );
  const broken = withoutData(lines, 'loki');
  if (broken) return broken;
  const own = new Set(traffic.calls.map(({ traceId }) => traceId));
  const found = new Map<string, LoggedRequest>();
  for (const { labels } of lines.kind === 'data' ? lines.data : []) {
    const { method = '', endpoint = '', status = '', trace_id: trace = '', span_id: span = '' } = labels;
    if (own.has(trace)) continue;
    found.set(span === '' ? `line ${found.size}` : `${trace} ${span}`, { method, endpoint, status });
  }
  return [...found.values()];
}
