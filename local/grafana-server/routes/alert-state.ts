/**
 * Rule states in Prometheus's form and the Alertmanager's alerts: pkg/services/ngalert/api/api_prometheus.go,
 * api_alertmanager.go.
 */
import type { AlertRule } from '../alerting/model';
import type { Grafana } from '../grafana';
import { parseDuration } from '../queries/query';
import { type Answer, type HttpCall, ok, type Route } from '../router';

export const alertStateRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/prometheus/grafana/api/v1/rules',
    role: 'VIEWER',
    permission: 'alert.rules:read',
    handle: ({ grafana, query }) => {
      const groups = groupsOf(grafana.alerting.rules().filter((rule) => selects(query, rule)));
      return ok({ status: 'success', data: { groups: groups.map((rules) => groupDto(grafana, rules)) } });
    },
  },
  {
    method: 'GET',
    path: '/api/prometheus/grafana/api/v1/alerts',
    role: 'VIEWER',
    permission: 'alert.instances:read',
    handle: ({ grafana }) =>
      ok({ status: 'success', data: { alerts: grafana.alerting.rules().flatMap((rule) => instances(grafana, rule)) } }),
  },
  {
    method: 'GET',
    path: '/api/alertmanager/grafana/api/v2/alerts',
    role: 'VIEWER',
    permission: 'alert.instances:read',
    handle: alerts,
  },
  {
    method: 'GET',
    path: '/api/alertmanager/grafana/config/api/v1/receivers',
    role: 'VIEWER',
    permission: 'alert.notifications:read',
    handle: ({ grafana }) => ok(receivers(grafana)),
  },
];

/** Go's zero time, for an integration that has never sent. */
const NEVER = '0001-01-01T00:00:00.000Z';

/** The result of each contact point's last attempt to send, as the contact points' page shows it. */
function receivers(grafana: Grafana): unknown[] {
  const points = Object.groupBy(grafana.alerting.contactPoints, ({ name }) => name);
  return Object.entries(points).map(([name, integrations = []]) => ({
    active: true,
    name,
    integrations: integrations.map(({ uid, type, disableResolveMessage }) => {
      const attempt = grafana.engine.lastAttempt(uid);
      return {
        name: type,
        sendResolved: !disableResolveMessage,
        lastNotifyAttempt: attempt ? new Date(attempt.at).toISOString() : NEVER,
        lastNotifyAttemptDuration: `${attempt?.ms ?? 0}ms`,
        ...(attempt?.error !== undefined && { lastNotifyAttemptError: attempt.error }),
      };
    }),
  }));
}

function selects(query: URLSearchParams, rule: AlertRule): boolean {
  const wants = (name: string, value: string): boolean =>
    query.getAll(name).length === 0 || query.getAll(name).includes(value);
  return (
    wants('folder_uid', rule.folderUID) &&
    wants('rule_group', rule.ruleGroup) &&
    wants('rule_name', rule.title) &&
    wants('rule_uid', rule.uid)
  );
}

function groupsOf(rules: readonly AlertRule[]): AlertRule[][] {
  return Object.values(Object.groupBy(rules, (rule) => JSON.stringify([rule.folderUID, rule.ruleGroup]))).flatMap(
    (group) => (group ? [group] : []),
  );
}

function groupDto(grafana: Grafana, rules: readonly AlertRule[]): unknown {
  const [first] = rules;
  if (!first) return undefined;
  const states = rules.map((rule) => grafana.engine.state(rule.uid));
  return {
    name: first.ruleGroup,
    file: grafana.dashboards.folders.get(first.folderUID)?.title ?? '',
    folderUid: first.folderUID,
    interval: grafana.alerting.interval(first.folderUID, first.ruleGroup),
    lastEvaluation: time(Math.max(...states.map((state) => state?.lastEvaluation ?? 0))),
    evaluationTime: states.reduce((sum, state) => sum + (state?.evaluationMs ?? 0), 0) / 1000,
    rules: rules.map((rule) => ruleDto(grafana, rule)),
  };
}

function ruleDto(grafana: Grafana, rule: AlertRule): unknown {
  const state = grafana.engine.state(rule.uid);
  return {
    uid: rule.uid,
    name: rule.title,
    folderUid: rule.folderUID,
    state: grafana.engine.stateOf(rule.uid),
    health: state?.health ?? 'unknown',
    ...(state?.lastError && { lastError: state.lastError }),
    type: 'alerting',
    query: JSON.stringify(rule.data.map((query) => query.model)),
    duration: (parseDuration(rule.for) ?? 0) / 1000,
    lastEvaluation: time(state?.lastEvaluation ?? 0),
    evaluationTime: (state?.evaluationMs ?? 0) / 1000,
    isPaused: rule.isPaused,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: instances(grafana, rule),
  };
}

function instances(grafana: Grafana, rule: AlertRule): unknown[] {
  return [...(grafana.engine.state(rule.uid)?.instances.values() ?? [])].map((instance) => ({
    labels: instance.labels,
    annotations: instance.annotations,
    state: instance.state,
    activeAt: time(instance.since),
    value: Object.values(instance.values).map(String).join(', '),
  }));
}

function alerts({ grafana }: HttpCall): Answer {
  return ok(
    grafana.engine.alerts().map(({ alert, receiver }) => ({
      fingerprint: alert.fingerprint,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: time(alert.startsAt),
      endsAt: time(alert.endsAt ?? alert.startsAt + 3_600_000),
      updatedAt: time(grafana.options.now()),
      generatorURL: `/alerting/grafana/${alert.ruleUid}/view`,
      receivers: [{ name: receiver }],
      status: { state: alert.status === 'firing' ? 'active' : 'unprocessed', inhibitedBy: [], silencedBy: [] },
    })),
  );
}

function time(at: number): string {
  return at === 0 ? '0001-01-01T00:00:00Z' : new Date(at).toISOString();
}
