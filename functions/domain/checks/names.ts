/** Groups of checks. Each group is one invocation with one token. */
export const SIGNAL_GROUPS = ['traces', 'logs', 'metrics', 'content', 'contact-point'] as const;
export type SignalGroup = (typeof SIGNAL_GROUPS)[number];

/** Names that the service gives itself and its metrics. A contract test compares them with the service. */
export const SERVICE = 'data-processor-service';
/** Its scrape job. */
export const OWN_JOB = 'data-processor';
/** The tester's service name in the traces that it starts. */
export const TESTER = 'tester';
export const METRICS = {
  requests: 'http_requests_total',
  durationCount: 'http_request_duration_seconds_count',
  durationBuckets: 'http_request_duration_seconds_bucket',
  operations: 'data_operations_total',
  /** Made by Tempo's metrics generator. */
  spanCalls: 'traces_spanmetrics_calls_total',
  spanBuckets: 'traces_spanmetrics_latency_bucket',
  serviceGraph: 'traces_service_graph_request_total',
} as const;

/**
 * The PromQL selector of a metric's series of one stage. `matchers` adds labels. The scraper and Tempo set the stage
 * label.
 */
export function ofStage(metric: string, stage: string, ...matchers: readonly string[]): string {
  return `${metric}{${[...matchers, `stage=${JSON.stringify(stage)}`].join(', ')}}`;
}
