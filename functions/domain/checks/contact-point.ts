import { PROVISIONING } from '../alerting/provisioning';
import type { ContactPointModel, Content } from '../content';
import { RouteNotAllowed } from '../errors';
import type { Grafana } from '../grafana';
import { compareVersions, versionInRange } from '../versions';
import { type Check, notProvable, type Observation } from './check';

const DEADLINE_MS = 30_000;

/** Sends a test message through the contact point stored in Grafana. `send: false` only checks its settings. */
export function contactPointChecks(
  grafana: Grafana,
  content: Content,
  grafanaVersion: string,
  { send, alertTopicArn }: { readonly send: boolean; readonly alertTopicArn: string },
): readonly Check[] {
  return content.contactPoints
    .filter((file) => versionInRange(grafanaVersion, file))
    .map(({ model }) => ({
      name: 'contact-point',
      query: `${send ? 'a test message through' : 'the settings of'} the contact point ${model.name}`,
      expected: send ? 'SNS accepts it at the topic of the stack' : 'it exists and publishes to the topic of the stack',
      deadline: DEADLINE_MS,
      async look() {
        const { body } = await grafana.request('GET', `${PROVISIONING}/contact-points`);
        const stored = (body as readonly ContactPointModel[]).find(({ uid }) => uid === model.uid);
        if (!stored) return wrong(`there is no contact point ${model.name}`, 'Run sls setup to put it back.');
        // The member is `topic_arn` in Grafana 12 and `topic` in AMG's own receiver of Grafana 10.
        const topic = stored.settings['topic_arn'] ?? stored.settings['topic'];
        if (topic !== alertTopicArn)
          return wrong(`it publishes to ${topic}, not to ${alertTopicArn}`, 'Run sls setup to put the topic back.');
        if (!send)
          return {
            verdict: 'passed',
            found: 'it exists and publishes to the right topic; a verification sends no message',
          };
        const test = compareVersions(grafanaVersion, '13.0.0') >= 0 ? testByResource : testByReceiver;
        try {
          return await test(grafana, stored);
        } catch (error) {
          if (error instanceof RouteNotAllowed) return notProvable(error.route, ONLY_A_DRILL);
          throw error;
        }
      },
    }));
}

function wrong(found: string, remedy: string): Observation {
  return { verdict: 'wrong', found, hop: 'content', remedy };
}

/** aws-facts: workspace-contact-point-test-routes */
const ONLY_A_DRILL = 'no test message was sent. A drill proves that alerts arrive: sls setup --drill';

const DELIVERY_REMEDY =
  "Check that the workspace role may sns:Publish to the alert topic, the topic's own policy and key, and the region in the contact point.";

interface TestedReceivers {
  readonly receivers?: readonly {
    readonly grafana_managed_receiver_configs?: readonly { readonly status?: string; readonly error?: string }[];
  }[];
  readonly message?: string;
}

/** Up to Grafana 12. 200: all were sent. 207 or 4xx: some were not, with the reason beside each integration. */
async function testByReceiver(
  grafana: Grafana,
  { uid, name, type, settings }: ContactPointModel,
): Promise<Observation> {
  const { status, body } = await grafana.request('POST', '/api/alertmanager/grafana/config/api/v1/receivers/test', {
    body: {
      receivers: [
        { name, grafana_managed_receiver_configs: [{ uid, name, type, settings, disableResolveMessage: false }] },
      ],
      alert: {
        labels: { alertname: 'Setup test' },
        annotations: { summary: 'The setup tests that alerts arrive. Nothing is wrong.' },
      },
    },
    accept: [400, 404, 408, 410, 500],
    retry: false,
    timeout: 30_000,
  });
  if (status === 404 || status === 410)
    return notProvable('POST /api/alertmanager/grafana/config/api/v1/receivers/test', ONLY_A_DRILL);
  const { receivers = [], message } = (body ?? {}) as TestedReceivers;
  const failed = receivers
    .flatMap((receiver) => receiver.grafana_managed_receiver_configs ?? [])
    .find((config) => config.status !== 'ok');
  if (status === 200 && !failed) return { verdict: 'passed', found: 'the test message was accepted', evidence: body };
  return {
    verdict: 'wrong',
    found: `the test message was refused: ${failed?.error ?? message ?? status}`,
    evidence: body,
    hop: 'content',
    remedy: DELIVERY_REMEDY,
  };
}

/** From Grafana 13. It answers 200 even when sending failed. Only `status: success` means that the message was sent. */
async function testByResource(
  grafana: Grafana,
  { uid, name, type, settings }: ContactPointModel,
): Promise<Observation> {
  const id = Buffer.from(name).toString('base64url');
  const { status, body } = await grafana.request(
    'POST',
    `/apis/notifications.alerting.grafana.app/v1beta1/namespaces/default/receivers/${id}/test`,
    {
      body: {
        integration: { uid, type, settings, disableResolveMessage: false },
        alert: {
          labels: { alertname: 'Setup test' },
          annotations: { summary: 'The setup tests that alerts arrive. Nothing is wrong.' },
        },
      },
      accept: [400, 404, 408, 410, 500],
      retry: false,
      timeout: 30_000,
    },
  );
  if (status === 404 || status === 410)
    return notProvable('POST /apis/notifications.alerting.grafana.app/…/receivers/:name/test', ONLY_A_DRILL);
  const {
    status: outcome,
    error,
    message,
  } = (body ?? {}) as { readonly status?: string; readonly error?: string; readonly message?: string };
  if (status === 200 && outcome === 'success')
    return { verdict: 'passed', found: 'the test message was accepted', evidence: body };
  return {
    verdict: 'wrong',
    found: `the test message was refused: ${error ?? message ?? outcome ?? status}`,
    evidence: body,
    hop: 'content',
    remedy: DELIVERY_REMEDY,
  };
}
