/**
 * "Alerting provisioning HTTP API": alert rules and rule groups; validation of
 * pkg/services/ngalert/models/alert_rule.go.
 */
import type { AlertRule } from '../alerting/model';
import { checkProvenance, provisioning } from '../alerting/provenance';
import { readRule } from '../alerting/read-rule';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { type Answer, type HttpCall, jsonBody, ok, type Route } from '../router';

const read = { role: provisioning, permission: 'alert.provisioning:read' };
const write = { role: provisioning, permission: 'alert.provisioning:write' };

export const alertRuleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/provisioning/alert-rules',
    ...read,
    handle: ({ grafana }) => ok(grafana.alerting.rules().map(toDto)),
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/alert-rules/:uid',
    ...read,
    handle: ({ grafana, params }) => ok(toDto(find(grafana, params['uid'] ?? ''))),
  },
  {
    method: 'POST',
    path: '/api/v1/provisioning/alert-rules',
    ...write,
    handle: (call) => {
      const rule = readRule(call, jsonBody(call), {});
      if (call.grafana.alerting.rule(rule.uid))
        throw new GrafanaError(409, `conflicting alert rule found [rule_uid: '${rule.uid}']: UID is already in use`);
      return { status: 201, body: toDto(call.grafana.alerting.putRule(rule, call.grafana.features.conflict)) };
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/alert-rules/:uid',
    ...write,
    handle: (call) => {
      const before = find(call.grafana, call.params['uid'] ?? '');
      checkProvenance(call, 'rule', before);
      return ok(
        toDto(
          call.grafana.alerting.putRule(
            readRule(call, jsonBody(call), { uid: before.uid }),
            call.grafana.features.conflict,
          ),
        ),
      );
    },
  },
  {
    // Deleting a rule that does not exist is 204 too.
    method: 'DELETE',
    path: '/api/v1/provisioning/alert-rules/:uid',
    ...write,
    handle: (call) => {
      const { grafana, params } = call;
      checkProvenance(call, 'rule', grafana.alerting.rule(params['uid'] ?? ''));
      grafana.alerting.deleteRule(params['uid'] ?? '');
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/provisioning/folder/:folder/rule-groups/:group',
    ...read,
    handle: ({ grafana, params }) => ok(groupDto(grafana, params['folder'] ?? '', params['group'] ?? '')),
  },
  { method: 'PUT', path: '/api/v1/provisioning/folder/:folder/rule-groups/:group', ...write, handle: putGroup },
  {
    method: 'DELETE',
    path: '/api/v1/provisioning/folder/:folder/rule-groups/:group',
    ...write,
    handle: ({ grafana, params }) => {
      const rules = grafana.alerting.group(params['folder'] ?? '', params['group'] ?? '');
      if (rules.length === 0) throw new GrafanaError(404, 'rule group not found');
      for (const rule of rules) grafana.alerting.deleteRule(rule.uid);
      return { status: 204 };
    },
  },
];

/** Replaces the group: rules that are not in the body are deleted, and the interval (seconds) applies to all. */
function putGroup(call: HttpCall): Answer {
  const body = jsonBody(call);
  refuseUnknown('a rule group', body, ['title', 'folderUid', 'interval', 'rules']);
  const folderUid = call.params['folder'] ?? '';
  const group = call.params['group'] ?? '';
  const interval = body['interval'];
  // The scheduler's base interval is 10 s (models.ValidateRuleGroupInterval).
  if (typeof interval !== 'number' || interval <= 0 || interval % 10 !== 0) {
    throw badRequest(
      `invalid alert rule: rule evaluation interval (${String(interval)} seconds) should be positive number that is multiple of the base interval of 10 seconds`,
    );
  }
  const { alerting } = call.grafana;
  const rules = Array.isArray(body['rules'])
    ? body['rules'].map((rule: unknown) => readRule(call, isObject(rule) ? rule : {}, { folderUid, group }))
    : undefined;
  if (rules) {
    for (const rule of rules) checkProvenance(call, 'rule', alerting.rule(rule.uid));
    for (const stale of alerting.group(folderUid, group))
      if (!rules.some((rule) => rule.uid === stale.uid)) alerting.deleteRule(stale.uid);
    for (const rule of rules) alerting.putRule(rule, call.grafana.features.conflict);
  } else if (alerting.group(folderUid, group).length === 0) {
    throw new GrafanaError(404, 'rule group not found');
  }
  alerting.setInterval(folderUid, group, interval);
  return ok(
    rules && rules.length === 0
      ? { title: group, folderUid, interval, rules: [] }
      : groupDto(call.grafana, folderUid, group),
  );
}

function groupDto(grafana: Grafana, folderUid: string, group: string): unknown {
  const rules = grafana.alerting.group(folderUid, group);
  if (rules.length === 0) throw new GrafanaError(404, 'rule group not found');
  return { title: group, folderUid, interval: grafana.alerting.interval(folderUid, group), rules: rules.map(toDto) };
}

function toDto(rule: AlertRule): Record<string, unknown> {
  const { provenance, ...rest } = rule;
  return provenance ? { ...rest, provenance } : rest;
}

function find(grafana: Grafana, uid: string): AlertRule {
  const rule = grafana.alerting.rule(uid);
  // Grafana answers 404 with an empty body.
  if (!rule) throw new GrafanaError(404, '');
  return rule;
}
