/** The states of one rule's alert instances: pkg/services/ngalert/state (state.go, manager.go). */

import { parseDuration } from '../queries/query';
import type { WorkspaceState } from '../workspace-state';
import { type Alert, fingerprint, type Labels } from './alert';
import type { Outcome } from './evaluate';
import { expandTemplate } from './go-template';
import type { AlertRule } from './model';

export type InstanceState = 'Normal' | 'Pending' | 'Alerting' | 'NoData' | 'Error';

export interface Instance {
  readonly key: string;
  readonly state: InstanceState;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly since: number;
  readonly values: Readonly<Record<string, number>>;
  /** Consecutive evaluations without this series. */
  readonly missed: number;
}

export interface RuleState {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly lastEvaluation: number;
  readonly evaluationMs: number;
  readonly lastError: string;
  readonly health: 'ok' | 'error' | 'nodata';
}

/** Consecutive evaluations without a series after which it counts as resolved. */
const evaluationsUntilMissing = 2;

export function nextState(
  grafana: WorkspaceState,
  rule: AlertRule,
  before: RuleState | undefined,
  outcome: Outcome,
  at: number,
  evaluationMs: number,
): RuleState {
  const old = before?.instances ?? new Map<string, Instance>();
  const common = { lastEvaluation: at, evaluationMs };
  if (outcome.kind === 'series') {
    const seen = outcome.series.map((one) =>
      step(
        grafana,
        rule,
        old,
        { labels: one.labels, values: one.values, target: one.alerting ? 'Alerting' : 'Normal' },
        at,
      ),
    );
    return { ...common, instances: withMissing(old, seen, at), lastError: '', health: 'ok' };
  }
  const setting = outcome.kind === 'error' ? rule.execErrState : rule.noDataState;
  const health = outcome.kind === 'error' ? 'error' : 'nodata';
  const lastError = outcome.kind === 'error' ? outcome.message : '';
  if (setting === 'KeepLast') return { ...common, instances: old, lastError, health };
  const labels: Labels =
    outcome.kind === 'error'
      ? { datasource_uid: outcome.datasourceUid, ref_id: outcome.refId }
      : { datasource_uid: [...new Set(outcome.datasourceUids)].join(','), ref_id: outcome.refIds.join(',') };
  const target: InstanceState = setting === 'OK' ? 'Normal' : setting;
  const instance = step(grafana, rule, old, { labels, values: {}, target }, at);
  const described = lastError ? { ...instance, annotations: { ...instance.annotations, Error: lastError } } : instance;
  return { ...common, instances: withMissing(old, [described], at), lastError, health };
}

function step(
  grafana: WorkspaceState,
  rule: AlertRule,
  old: ReadonlyMap<string, Instance>,
  found: { labels: Labels; values: Readonly<Record<string, number>>; target: InstanceState },
  at: number,
): Instance {
  const key = fingerprint(found.labels);
  const before = old.get(key);
  const { labels, annotations } = describe(grafana, rule, found);
  const base = { key, labels, annotations, values: found.values, missed: 0 };
  if (found.target !== 'Alerting') {
    return { ...base, state: found.target, since: before?.state === found.target ? before.since : at };
  }
  const waiting = before?.state === 'Pending' || before?.state === 'Alerting' ? before.since : at;
  if (before?.state === 'Alerting') return { ...base, state: 'Alerting', since: waiting };
  const due = at - waiting >= (parseDuration(rule.for) ?? 0);
  // `since` is now for an instance that starts to fire; a pending one keeps its start of waiting.
  return due ? { ...base, state: 'Alerting', since: at } : { ...base, state: 'Pending', since: waiting };
}

function withMissing(old: ReadonlyMap<string, Instance>, seen: readonly Instance[], at: number): Map<string, Instance> {
  const next = new Map(seen.map((instance) => [instance.key, instance]));
  for (const [key, instance] of old) {
    if (next.has(key)) continue;
    const missed = instance.missed + 1;
    if (missed < evaluationsUntilMissing) next.set(key, { ...instance, missed });
    else if (instance.state !== 'Normal') next.set(key, { ...instance, missed, state: 'Normal', since: at });
  }
  return next;
}

/** The labels of the series and of the rule (templated), with Grafana's alertname and grafana_folder. */
function describe(
  grafana: WorkspaceState,
  rule: AlertRule,
  found: { labels: Labels; values: Readonly<Record<string, number>> },
): { labels: Labels; annotations: Labels } {
  const { __name__: _name, ...series } = found.labels;
  const folder = grafana.dashboards.folders.get(rule.folderUID)?.title ?? '';
  const values = Object.fromEntries(
    Object.entries(found.values).map(([refId, value]) => [
      refId,
      { Value: value, Labels: series, toString: () => String(value) },
    ]),
  );
  const variables = {
    labels: series,
    values,
    value: Object.entries(found.values)
      .map(([refId, value]) => `[ var='${refId}' value=${value} ]`)
      .join(', '),
  };
  const expand = (texts: Labels): Labels =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => {
        try {
          return [name, expandTemplate(text, { data: { Labels: series, Values: values }, variables })];
        } catch {
          // Grafana keeps a text unexpanded when its template fails.
          return [name, text];
        }
      }),
    );
  return {
    labels: { ...series, ...expand(rule.labels), alertname: rule.title, grafana_folder: folder },
    annotations: expand(rule.annotations),
  };
}

/** The alerts that go to the Alertmanager after an evaluation: firing, and just resolved. */
export function alertsOf(rule: AlertRule, before: RuleState | undefined, after: RuleState, at: number): Alert[] {
  const sends = (state: InstanceState | undefined): boolean =>
    state === 'Alerting' || state === 'NoData' || state === 'Error';
  const firing = [...after.instances.values()]
    .filter((instance) => sends(instance.state))
    .map((instance) => toAlert(rule, instance, 'firing', undefined));
  const stopped = [...(before?.instances.values() ?? [])]
    .filter((instance) => sends(instance.state) && after.instances.get(instance.key)?.state !== instance.state)
    .map((instance) => toAlert(rule, instance, 'resolved', at));
  return [...firing, ...stopped];
}

/** stateToPostableAlert: NoData and Error have an alertname of their own; the rule's name is in another label. */
function toAlert(rule: AlertRule, instance: Instance, status: Alert['status'], endsAt: number | undefined): Alert {
  const alertname =
    instance.state === 'NoData' ? 'DatasourceNoData' : instance.state === 'Error' ? 'DatasourceError' : undefined;
  const labels = alertname ? { ...instance.labels, alertname, rulename: rule.title } : instance.labels;
  return {
    fingerprint: fingerprint(labels),
    ruleUid: rule.uid,
    status,
    labels,
    annotations: instance.annotations,
    startsAt: instance.since,
    endsAt,
    values: instance.values,
    notificationSettings: rule.notification_settings,
  };
}
