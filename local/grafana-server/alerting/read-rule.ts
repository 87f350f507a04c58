import { randomBytes } from 'node:crypto';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import { parseDuration } from '../queries/query';
import type { HttpCall } from '../router';
import type { WorkspaceState } from '../workspace-state';
import type { AlertRule, NotificationSettings, RuleQuery } from './model';
import { provenanceOf } from './provenance';

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

/** An alert rule from a request's body. Throws 400 with the message of models.AlertRule's validation. */
export function readRule(
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
    // Stored and returned; the engine does not go by them.
    ...Object.fromEntries(
      ['keep_firing_for', 'missingSeriesEvalsToResolve', 'record'].flatMap((name) =>
        body[name] === undefined || body[name] === null ? [] : [[name, body[name]]],
      ),
    ),
  };
}

function readQueries(grafana: WorkspaceState, value: unknown): RuleQuery[] {
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

function readNotificationSettings(grafana: WorkspaceState, value: unknown): NotificationSettings | null {
  if (!isObject(value)) return null;
  const receiver = text(value['receiver']);
  if (!grafana.alerting.hasReceiver(receiver)) throw invalid(`receiver '${receiver}' does not exist`);
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
