/**
 * Sends a test notification. Up to 12: POST /api/alertmanager/grafana/config/api/v1/receivers/test (200 when all were
 * sent, 207 when some were not). From 13 on that is 410, and the App Platform has …/receivers/<base64url(name)>/test,
 * 200 in either case.
 */
import { fingerprint } from '../alerting/alert';
import { checkSettings } from '../alerting/contact-point-settings';
import type { Notification } from '../alerting/dispatcher';
import { publishToSns } from '../alerting/notify-sns';
import { badRequest, GrafanaError, isObject } from '../errors';
import { type Answer, type HttpCall, jsonBody, ok, type Route } from '../router';

export const receiverTestRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/alertmanager/grafana/config/api/v1/receivers/test',
    role: 'EDITOR',
    permission: 'alert.notifications.receivers:test',
    handle: testReceivers,
  },
  {
    method: 'POST',
    path: '/apis/notifications.alerting.grafana.app/v1beta1/namespaces/:namespace/receivers/:name/test',
    role: 'EDITOR',
    permission: 'alert.notifications.receivers:test',
    when: (grafana) => grafana.features.receiverTest === 'app-platform',
    handle: testIntegration,
  },
];

async function testReceivers(call: HttpCall): Promise<Answer> {
  if (call.grafana.features.receiverTest === 'app-platform')
    throw new GrafanaError(
      410,
      'This endpoint was removed: use the receivers test of notifications.alerting.grafana.app',
    );
  const body = jsonBody(call);
  const receivers = Array.isArray(body['receivers']) ? body['receivers'].filter(isObject) : [];
  if (receivers.length === 0) throw badRequest('no receivers');
  const alert = isObject(body['alert']) ? body['alert'] : {};
  const tested = await Promise.all(
    receivers.map(async (receiver) => {
      const configs = Array.isArray(receiver['grafana_managed_receiver_configs'])
        ? receiver['grafana_managed_receiver_configs'].filter(isObject)
        : [];
      return {
        name: receiver['name'],
        grafana_managed_receiver_configs: await Promise.all(
          configs.map((config) => testConfig(call, String(receiver['name']), config, alert)),
        ),
      };
    }),
  );
  const failed = tested.some((receiver) =>
    receiver.grafana_managed_receiver_configs.some((config) => config['status'] === 'failed'),
  );
  const notification = testNotification(call, '', alert);
  return {
    status: failed ? 207 : 200,
    body: {
      alert: { labels: notification.groupLabels, annotations: notification.alerts[0]?.annotations },
      receivers: tested,
      notified_at: new Date(call.grafana.options.now()).toISOString(),
    },
  };
}

async function testConfig(
  call: HttpCall,
  receiver: string,
  config: Record<string, unknown>,
  alert: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const error = await send(
    call,
    receiver,
    String(config['type']),
    isObject(config['settings']) ? config['settings'] : {},
    alert,
  );
  return {
    name: config['name'],
    uid: config['uid'] ?? '',
    status: error === undefined ? 'ok' : 'failed',
    ...(error !== undefined && { error }),
  };
}

async function testIntegration(call: HttpCall): Promise<Answer> {
  const name = Buffer.from(call.params['name'] ?? '', 'base64url').toString('utf8');
  if (call.params['name'] !== '-' && !call.grafana.alerting.contactPoints.some((point) => point.name === name))
    throw new GrafanaError(404, `receivers.notifications.alerting.grafana.app "${name}" not found`);
  const body = jsonBody(call);
  const integration = body['integration'];
  if (!isObject(integration)) throw badRequest('integration is required');
  const started = performance.now();
  const error = await send(
    call,
    name,
    String(integration['type']),
    isObject(integration['settings']) ? integration['settings'] : {},
    isObject(body['alert']) ? body['alert'] : {},
  );
  const duration = `${Math.round(performance.now() - started)}ms`;
  return ok({ status: error === undefined ? 'success' : 'failure', duration, ...(error !== undefined && { error }) });
}

/** Undefined when it was sent, otherwise the reason why not. */
async function send(
  call: HttpCall,
  receiver: string,
  type: string,
  settings: Record<string, unknown>,
  alert: Record<string, unknown>,
): Promise<string | undefined> {
  try {
    checkSettings(call.grafana.features, type, settings);
    if (type !== 'sns') return `not sent: the Grafana stand-in has no ${type}`;
    await publishToSns(call.grafana, { name: receiver, settings }, testNotification(call, receiver, alert));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function testNotification(call: HttpCall, receiver: string, alert: Record<string, unknown>): Notification {
  const texts = (value: unknown): Record<string, string> =>
    isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
  const labels = { alertname: 'TestAlert', instance: 'Grafana', ...texts(alert['labels']) };
  const annotations = { summary: 'Notification test', ...texts(alert['annotations']) };
  const at = call.grafana.options.now();
  return {
    receiver,
    groupKey: 'test',
    groupLabels: labels,
    alerts: [
      {
        fingerprint: fingerprint(labels),
        ruleUid: 'test',
        status: 'firing',
        labels,
        annotations,
        startsAt: at,
        endsAt: undefined,
        values: {},
        notificationSettings: null,
      },
    ],
  };
}
