import type { Observation } from '../checks/check';
import { GrafanaRejected, GrafanaUnavailable } from '../errors';

/** The result of a query through Grafana: data, an engine that cannot evaluate it (501), or a broken data source. */
export type QueryAnswer<Data> =
  | { readonly kind: 'data'; readonly data: Data }
  | { readonly kind: 'not-evaluated'; readonly reason: string }
  | { readonly kind: 'error'; readonly status: number; readonly reason: string };

/** Turns Grafana's refusals into an answer: a check reports them, and the step does not fail. */
export async function asAnswer<Data>(request: () => Promise<QueryAnswer<Data>>): Promise<QueryAnswer<Data>> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof GrafanaRejected)
      return { kind: 'error', status: error.status, reason: error.answer || `status ${error.status}` };
    if (error instanceof GrafanaUnavailable) return { kind: 'error', status: 503, reason: error.message };
    throw error;
  }
}

/** The observation for an answer without data; undefined when there is data to judge. */
export function withoutData(answer: QueryAnswer<unknown>, dataSource: string): Observation | undefined {
  if (answer.kind === 'data') return undefined;
  if (answer.kind === 'not-evaluated') return { verdict: 'not-evaluated', found: answer.reason };
  return {
    verdict: 'wrong',
    found: `${dataSource} answered ${answer.status}: ${answer.reason}`,
    hop: 'data source',
    remedy: `Open the data source ${dataSource} in Grafana and test it; check its URL, the workspace role and the security groups.`,
  };
}
