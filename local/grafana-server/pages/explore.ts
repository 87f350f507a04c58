import { type Html, html } from '../../../report';
import { GrafanaError, isObject } from '../errors';
import type { Grafana } from '../grafana';
import { isFailed, type QueryResult } from '../queries/frames';
import type { Query } from '../queries/query';
import { datasourceUid, runQueries } from '../queries/run';
import type { Answer, HttpCall } from '../router';
import { readQueries } from '../routes/query';
import { frameTables } from './frame-tables';
import { pageOf } from './layout';

/**
 * Explore: runs the queries of a link and shows what they return. The state is in the URL's `panes` (schemaVersion 1,
 * since Grafana 10), or in `left` of older links.
 */
export async function explorePage({ grafana, query }: HttpCall): Promise<Answer> {
  const panes = panesOf(query);
  if (panes.length === 0)
    return pageOf(
      grafana,
      'Explore',
      html`<p>This link has no query. Traces, log lines and panels lead here with one; a dashboard’s page lists its queries.</p>`,
    );
  return pageOf(grafana, 'Explore', html`${await Promise.all(panes.map((pane) => paneOf(grafana, pane)))}`);
}

type Pane = Readonly<Record<string, unknown>>;

function panesOf(query: URLSearchParams): readonly Pane[] {
  const read = (name: string): unknown => {
    try {
      return JSON.parse(query.get(name) ?? 'null');
    } catch {
      return undefined;
    }
  };
  const panes = read('panes');
  const found = isObject(panes) ? Object.values(panes) : [read('left')];
  return found.filter((pane): pane is Pane => isObject(pane) && Array.isArray(pane['queries']));
}

async function paneOf(grafana: Grafana, pane: Pane): Promise<Html> {
  const range = isObject(pane['range']) ? pane['range'] : {};
  const queries = (pane['queries'] as readonly unknown[]).map((one) =>
    isObject(one) ? { ...(pane['datasource'] !== undefined && { datasource: pane['datasource'] }), ...one } : one,
  );
  try {
    const body = { queries, from: range['from'] ?? 'now-1h', to: range['to'] ?? 'now' };
    const asked = readQueries(body, grafana.options.now());
    const results = await runQueries(grafana, asked);
    return html`${asked.map((one) => resultOf(one, results.get(one.refId)))}`;
  } catch (error) {
    if (!(error instanceof GrafanaError)) throw error;
    return html`<h2>The query could not be run</h2><p class="bad">${error.message}</p>`;
  }
}

function resultOf(query: Query, result: QueryResult | undefined): Html {
  const { model, from, to } = query;
  const asked = String(model['expr'] ?? model['query'] ?? JSON.stringify(model));
  return html`<section><h2>${datasourceUid(model) || 'Default data source'}: query ${query.refId}</h2><pre>${asked}</pre>
<p class="soft">From ${new Date(from).toISOString()} to ${new Date(to).toISOString()}.</p>
${
  result !== undefined && isFailed(result)
    ? html`<p class="bad">The data source answered ${result.status}: ${result.error}</p>`
    : frameTables(result?.frames ?? [])
}</section>`;
}
