/**
 * The SNS contact point: Publish by SNS's Query API, signed as the workspace role. 12 and later: grafana/alerting
 * receivers/sns/sns.go (subject cut at 100 bytes, region from sigv4.region); 10.4: AMG's own receiver (region of the
 * topic).
 */

import { askAws, DataSourceUnreachable } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import type { Notification } from './dispatcher';
import { expandMessage, templateData } from './message';
import type { ContactPoint } from './model';

export class NotificationFailed extends Error {
  override readonly name = 'NotificationFailed';
}

/** Throws NotificationFailed with SNS's reason. */
export async function publishToSns(
  grafana: WorkspaceState,
  point: Pick<ContactPoint, 'settings' | 'name'>,
  notification: Notification,
): Promise<void> {
  const { settings } = point;
  const upstream = grafana.features.sns === 'upstream';
  const topic = String(upstream ? (settings['topic_arn'] ?? settings['target_arn'] ?? '') : (settings['topic'] ?? ''));
  const region = upstream
    ? String((settings['sigv4'] as { region?: string } | undefined)?.region ?? '')
    : (topic.split(':')[3] ?? '');
  if (!region)
    throw new NotificationFailed('MissingRegion: could not find region configuration (settings.sigv4.region)');
  const subject = expand(grafana, textOr(settings['subject'], '{{ template "default.title" . }}'), notification);
  const message =
    !upstream && settings['messageFormat'] === 'json'
      ? JSON.stringify(templateData(grafana, notification))
      : expand(grafana, textOr(settings['message'], '{{ template "default.message" . }}'), notification);
  const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn: topic, Message: message });
  const cut = truncate(subject, 100);
  if (cut) form.set('Subject', cut);
  const attributes = {
    ...((settings['attributes'] ?? {}) as Record<string, string>),
    ...(cut !== subject && { subject_truncated: 'true' }),
  };
  for (const [index, [name, value]] of Object.entries(attributes).entries()) {
    form.set(`MessageAttributes.entry.${index + 1}.Name`, name);
    form.set(`MessageAttributes.entry.${index + 1}.Value.DataType`, 'String');
    form.set(`MessageAttributes.entry.${index + 1}.Value.StringValue`, value);
  }
  await publish(grafana, region, form);
}

async function publish(grafana: WorkspaceState, region: string, form: URLSearchParams): Promise<void> {
  let answer: Awaited<ReturnType<typeof askAws>>;
  try {
    answer = await askAws(
      grafana,
      grafana.options.credentials(),
      { service: 'sns', region },
      new URL(`${grafana.options.awsEndpoint}/`),
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: form.toString(),
      },
    );
  } catch (error) {
    throw new NotificationFailed(
      error instanceof DataSourceUnreachable || error instanceof Error ? error.message : String(error),
      { cause: error },
    );
  }
  if (answer.status === 200) return;
  const body = answer.body.toString('utf8');
  const tag = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  throw new NotificationFailed(
    `${tag('Code') || 'SNSError'}: ${tag('Message') || body.slice(0, 300)} (status code ${answer.status})`,
  );
}

function expand(grafana: WorkspaceState, text: string, notification: Notification): string {
  try {
    return expandMessage(grafana, text, notification);
  } catch (error) {
    throw new NotificationFailed(`template: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

const textOr = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback;

/** Cuts to a number of bytes of UTF-8, never inside a character. */
function truncate(text: string, bytes: number): string {
  let result = '';
  for (const character of text) {
    if (Buffer.byteLength(result + character) > bytes) break;
    result += character;
  }
  return result;
}
