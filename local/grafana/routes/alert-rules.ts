/** "Alerting provisioning HTTP API": alert rules and rule groups; validation of pkg/services/ngalert/models/alert_rule.go. */
import { randomBytes } from 'node:crypto';
import type { AlertRule, NotificationSettings, RuleQuery } from '../alerting/model';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { parseDuration } from '../queries/query';
import { type Answer, type HttpCall, jsonBody, ok, type Route } from '../router';
import { provenanceOf, provisioning } from './contact-points';

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
      return { status: 201, body: toDto(call.grafana.alerting.putRule(rule)) };
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/provisioning/alert-rules/:uid',
    ...write,
    handle: (call) => {
      const before = find(call.grafana, call.params['uid'] ?? '');
      return ok(toDto(call.grafana.alerting.putRule(readRule(call, jsonBody(call), { uid: before.uid }))));
    },
  },
  {
    // Deleting what is not there is 204 as well.
    method: 'DELETE',
    path: '/api/v1/provisioning/alert-rules/:uid',
    ...write,
    handle: ({ grafana, params }) => {
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

/** Replaces the group: rules that are not in the body are deleted, and the interval (seconds) holds for all. */
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
    for (const stale of alerting.group(folderUid, group))
      if (!rules.some((rule) => rule.uid === stale.uid)) alerting.deleteRule(stale.uid);
    for (const rule of rules) alerting.putRule(rule);
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
  // The real one answers 404 with an empty body.
  if (!rule) throw new GrafanaError(404, '');
  return rule;
}

const members = [
  'id',
  'uid',
  'orgID',
  'folderUID',
  'ruleGroup',
  'title',
  'condition',
  'data',
  'updated',
  'noDataState',
  'execErrState',
  'for',
  'keep_firing_for',
  'annotations',
  'labels',
  'provenance',
  'isPaused',
  'notification_settings',
  'record',
  'missingSeriesEvalsToResolve',
];

function readRule(
  call: HttpCall,
  body: Record<string, unknown>,
  fixed: { uid?: string; folderUid?: string; group?: string },
): Omit<AlertRule, 'id'> {
  refuseUnknown('an alert rule', body, members);
  const folderUID = fixed.folderUid ?? text(body['folderUID']);
  const ruleGroup = fixed.group ?? text(body['ruleGroup']);
  const title = text(body['title']);
  if (!title) throw invalid('title is empty');
  if (title.length > 190) throw invalid('name length should not be greater than 190');
  if (!ruleGroup) throw invalid('rule group must not be empty');
  if (!folderUID) throw invalid('folderUID must be set');
  if (!call.grafana.dashboards.folders.has(folderUID))
    throw new GrafanaError(400, `invalid alert rule: folder with UID ${folderUID} does not exist`);
  const data = readQueries(call.grafana, body['data']);
  const condition = text(body['condition']);
  if (!data.some((query) => query.refId === condition))
    throw invalid(
      `condition ${condition || '(empty)'} does not exist, must be one of [${data.map((query) => query.refId).join(', ')}]`,
    );
  const pending = text(body['for']) || '0s';
  if (parseDuration(pending) === undefined) throw invalid(`not a valid duration string: "${pending}"`);
  const uid = fixed.uid ?? (text(body['uid']) || randomBytes(7).toString('hex'));
  if (!/^[a-zA-Z0-9_-]{1,40}$/.test(uid)) throw invalid(`invalid UID ${uid}`);
  return {
    uid,
    orgID: 1,
    folderUID,
    ruleGroup,
    title,
    condition,
    data,
    updated: new Date(call.grafana.options.now()).toISOString(),
    noDataState: choice(body['noDataState'], ['NoData', 'OK', 'Alerting', 'KeepLast'], 'unknown NoData state option'),
    execErrState: choice(body['execErrState'], ['Error', 'OK', 'Alerting', 'KeepLast'], 'unknown Error state option'),
    for: pending,
    annotations: textMap(body['annotations']),
    labels: textMap(body['labels']),
    isPaused: body['isPaused'] === true,
    notification_settings: readNotificationSettings(call.grafana, body['notification_settings']),
    provenance: provenanceOf(call),
  };
}

function readQueries(grafana: Grafana, value: unknown): RuleQuery[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('no queries or expressions are found');
  return value.map((item: unknown) => {
    if (!isObject(item)) throw badRequest();
    refuseUnknown('an alert query', item, ['refId', 'queryType', 'relativeTimeRange', 'datasourceUid', 'model']);
    const datasourceUid = text(item['datasourceUid']);
    if (
      datasourceUid !== '__expr__' &&
      datasourceUid !== '-100' &&
      !grafana.dataSources.list().some((source) => source.uid === datasourceUid)
    ) {
      throw invalid(`failed to build query '${text(item['refId'])}': data source not found`);
    }
    const range = isObject(item['relativeTimeRange']) ? item['relativeTimeRange'] : {};
    return {
      refId: text(item['refId']),
      queryType: text(item['queryType']),
      relativeTimeRange: { from: Number(range['from'] ?? 0), to: Number(range['to'] ?? 0) },
      datasourceUid,
      model: isObject(item['model']) ? item['model'] : {},
    };
  });
}

function readNotificationSettings(grafana: Grafana, value: unknown): NotificationSettings | null {
  if (!isObject(value)) return null;
  const receiver = text(value['receiver']);
  if (!grafana.alerting.contactPoints.some((point) => point.name === receiver))
    throw invalid(`receiver '${receiver}' does not exist`);
  return { ...value, receiver };
}

function choice<T extends string>(value: unknown, allowed: readonly T[], message: string): T {
  const found = allowed.find((one) => one === value) ?? (value === undefined || value === '' ? allowed[0] : undefined);
  if (found === undefined) throw invalid(`${message} ${String(value)}`);
  return found;
}

function textMap(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value) || Object.values(value).some((one) => typeof one !== 'string')) throw badRequest();
  return value as Record<string, string>;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function invalid(message: string): GrafanaError {
  return new GrafanaError(400, `invalid alert rule: ${message}`);
}
