/** One evaluation of an alert rule: pkg/services/ngalert/eval. */

import { GrafanaError } from '../errors';
import { isFailed, toSeries } from '../queries/frames';
import type { Query } from '../queries/query';
import { runQueries } from '../queries/run';
import type { WorkspaceState } from '../workspace-state';
import type { Labels } from './alert';
import type { AlertRule } from './model';

export type Outcome =
  | {
      readonly kind: 'series';
      readonly series: readonly {
        readonly labels: Labels;
        readonly alerting: boolean;
        readonly values: Readonly<Record<string, number>>;
      }[];
    }
  | { readonly kind: 'no-data'; readonly datasourceUids: readonly string[]; readonly refIds: readonly string[] }
  | { readonly kind: 'error'; readonly message: string; readonly datasourceUid: string; readonly refId: string };

/** Runs the rule's queries and evaluates its condition: non-zero is Alerting, no series is NoData. */
export async function evaluateRule(grafana: WorkspaceState, rule: AlertRule, at: number): Promise<Outcome> {
  const queries = rule.data.map((item): Query => {
    const range = item.relativeTimeRange;
    return {
      refId: item.refId,
      model: { ...item.model, datasource: { uid: item.datasourceUid } },
      from: at - range.from * 1000,
      to: at - range.to * 1000,
      intervalMs: typeof item.model['intervalMs'] === 'number' ? item.model['intervalMs'] : 1000,
      maxDataPoints: typeof item.model['maxDataPoints'] === 'number' ? item.model['maxDataPoints'] : 43_200,
    };
  });
  const data = rule.data.filter((item) => item.datasourceUid !== '__expr__' && item.datasourceUid !== '-100');
  let results: Awaited<ReturnType<typeof runQueries>>;
  try {
    results = await runQueries(grafana, queries);
  } catch (error) {
    if (error instanceof GrafanaError)
      return {
        kind: 'error',
        message: error.message,
        datasourceUid: data[0]?.datasourceUid ?? '',
        refId: data[0]?.refId ?? '',
      };
    throw error;
  }
  for (const [refId, result] of results) {
    if (!isFailed(result)) continue;
    return {
      kind: 'error',
      message: `[sse.dataQueryError] failed to execute query [${refId}]: ${result.error}`,
      datasourceUid: data.find((item) => item.refId === refId)?.datasourceUid ?? data[0]?.datasourceUid ?? '',
      refId,
    };
  }
  const condition = results.get(rule.condition);
  const series = condition && !isFailed(condition) ? toSeries(condition.frames) : [];
  const noData = {
    kind: 'no-data',
    datasourceUids: data.map((item) => item.datasourceUid),
    refIds: data.map((item) => item.refId),
  } as const;
  const usable = series.filter((one) => one.values.length > 0 && !Number.isNaN(one.values.at(-1)));
  if (usable.length === 0) return noData;
  return {
    kind: 'series',
    series: usable.map((one) => ({
      labels: one.labels,
      alerting: one.values.at(-1) !== 0,
      values: captured(results, one.labels),
    })),
  };
}

/** `$values`: the number of each query or expression for this series' labels. */
function captured(results: Awaited<ReturnType<typeof runQueries>>, labels: Labels): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [refId, result] of results) {
    if (isFailed(result)) continue;
    const match = toSeries(result.frames).find((one) =>
      Object.entries(one.labels).every(([name, value]) => labels[name] === value || labels[name] === undefined),
    );
    const value = match?.values.at(-1);
    if (value !== undefined) values[refId] = value;
  }
  return values;
}
