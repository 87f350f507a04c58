/** Room before and after a request, for clocks that differ, ms. */
const AROUND = 15 * 60_000;

/**
 * Where a person reads a trace: Grafana's Explore with the Tempo data source and the trace's id as its query. The form is that of
 * Explore's URL state, schemaVersion 1, since Grafana 10 (grafana/grafana, explore/hooks/useStateSync/migrators/v1.ts): a pane is
 * named by three letters, times are strings, milliseconds since 1970. A workspace has one organization, 1.
 *
 * `grafana` may come without a scheme, as AMG gives a workspace's endpoint.
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

/** The calls of a run of the tester, each with the address of its trace as `explore`. */
export function withTraceLinks<Call extends { readonly traceId: string }>(
  calls: readonly Call[],
  grafana: string,
  at: Date,
): readonly (Call & { readonly explore: string })[] {
  return calls.map((call) => ({ ...call, explore: exploreTrace(grafana, call.traceId, at) }));
}
