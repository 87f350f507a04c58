import { OWN_JOB, SERVICE } from '../checks/names';

/** The label `job` of a service's metrics: its name, but for the data processor, whose agent has a job of its own. */
export function jobOf(service: string): string {
  return service === SERVICE ? OWN_JOB : service;
}

/**
 * The selector of every metric of these services. `up` and `scrape_…` are the scraper's own: they are there when a
 * scrape fails.
 */
export function metricsOf(services: readonly string[]): string {
  return `{job=~${anyOf(services.map(jobOf))}, __name__!~"up|scrape_.+"}`;
}

/**
 * The selector of a metric that Tempo makes of these services' requests: server spans, and messages that they consumed.
 */
export function requestsOf(metric: string, stage: string, ...matchers: readonly string[]): string {
  const kinds = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"';
  return `${metric}{${[...matchers, kinds, `stage=${JSON.stringify(stage)}`].join(', ')}}`;
}

/** A pattern that matches these texts and no other, as a string of PromQL. */
function anyOf(texts: readonly string[]): string {
  return JSON.stringify(texts.map((text) => text.replace(/[.]/g, '\\.')).join('|'));
}
