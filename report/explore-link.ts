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
  const base = (/^https?:\/\//.test(grafana) ? grafana : `https://${grafana}`).replace(/\/+$/, '');
  const source = { type: 'tempo', uid: 'tempo' };
  const panes = {
    trc: {
      datasource: source.uid,
      queries: [{ refId: 'A', datasource: source, queryType: 'traceql', query: traceId }],
      range: { from: String(at.getTime() - AROUND), to: String(at.getTime() + AROUND) },
    },
  };
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
