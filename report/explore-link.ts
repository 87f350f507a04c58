/** Margin before and after a request, for clocks that differ (ms). */
const AROUND = 15 * 60_000;

/**
 * The link to a trace in Grafana's Explore, with the Tempo data source. The format is Explore's URL state,
 * schemaVersion 1, since Grafana 10 (grafana/grafana, explore/hooks/useStateSync/migrators/v1.ts): a pane has a name of
 * three letters; times are strings, milliseconds since 1970. A workspace has one organization, 1.
 *
 * `grafana` may lack a scheme: AMG returns a workspace's endpoint without one.
 */
export function exploreTrace(grafana: string, traceId: string, at: Date): string {
  const range = { from: String(at.getTime() - AROUND), to: String(at.getTime() + AROUND) };
  return exploreQuery(grafana, 'tempo', { queryType: 'traceql', query: traceId }, range);
}

/** The link to a query in Explore; the data source's uid is its type. Over the last hour where no range is given. */
export function exploreQuery(
  grafana: string,
  source: 'tempo' | 'loki' | 'prometheus',
  query: Readonly<Record<string, string>>,
  range: { readonly from: string; readonly to: string } = { from: 'now-1h', to: 'now' },
): string {
  const base = (/^https?:\/\//.test(grafana) ? grafana : `https://${grafana}`).replace(/\/+$/, '');
  const datasource = { type: source, uid: source };
  const panes = { trc: { datasource: source, queries: [{ refId: 'A', datasource, ...query }], range } };
  return `${base}/explore?${new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(panes), orgId: '1' })}`;
}

/** Adds the link to each call's trace as `explore`. */
export function withTraceLinks<Call extends { readonly traceId: string }>(
  calls: readonly Call[],
  grafana: string,
  at: Date,
): readonly (Call & { readonly explore: string })[] {
  return calls.map((call) => ({ ...call, explore: exploreTrace(grafana, call.traceId, at) }));
}
