/** Groups of checks: one invocation, and one token, each. */
export const SIGNAL_GROUPS = ['traces', 'logs', 'metrics', 'content', 'contact-point'] as const;
export type SignalGroup = (typeof SIGNAL_GROUPS)[number];

/** What the service calls itself and its metrics; a contract test holds these against the service. */
export const SERVICE = 'data-processor-service';
/** What the tester calls itself in the traces that it begins. */
export const TESTER = 'tester';
export const METRICS = {
  requests: 'http_requests_total',
  durationCount: 'http_request_duration_seconds_count',
  durationBuckets: 'http_request_duration_seconds_bucket',
  operations: 'data_operations_total',
  /** Made by Tempo's metrics generator. */
  spanCalls: 'traces_spanmetrics_calls_total',
  serviceGraph: 'traces_service_graph_request_total',
} as const;

/** A metric's series of one stage, as PromQL asks for them; `matchers` are more labels. The scraper and Tempo set the label. */
export function ofStage(metric: string, stage: string, ...matchers: readonly string[]): string {
  return `${metric}{${[...matchers, `stage=${JSON.stringify(stage)}`].join(', ')}}`;
}
