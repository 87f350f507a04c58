/**
 * Settings of a contact point by type. SNS: upstream Grafana 12 and later has grafana/alerting receivers/sns/config.go;
 * AMG 10.4 had a receiver of its own with other names. Grafana drops unknown members; this stand-in refuses them.
 */
import { GrafanaError } from '../errors';
import type { Features } from '../features';

interface Option {
  readonly propertyName: string;
  readonly label: string;
  readonly required: boolean;
}

const option = (propertyName: string, label: string, required = false): Option => ({ propertyName, label, required });

const snsUpstream = [
  option('api_url', 'The Amazon SNS API URL'),
  option('sigv4', 'Authentication'),
  option('topic_arn', 'SNS topic ARN'),
  option('phone_number', 'Phone number'),
  option('target_arn', 'Target ARN'),
  option('subject', 'Subject'),
  option('message', 'Message'),
  option('attributes', 'Attributes'),
];
const snsAmg = [
  option('topic', 'Topic', true),
  option('authProvider', 'Auth Provider'),
  option('assumeRoleARN', 'Assume Role ARN'),
  option('messageFormat', 'Message body format'),
  option('subject', 'Subject'),
  option('message', 'Message'),
];

interface Notifier {
  readonly type: string;
  readonly name: string;
  readonly options: readonly Option[];
}

/** The answer of GET /api/alert-notifiers, with the receiver types that this stack can use. */
export function notifiers(features: Features): readonly Notifier[] {
  return [
    {
      type: 'email',
      name: 'Email',
      options: [
        option('addresses', 'Addresses', true),
        option('singleEmail', 'Single email'),
        option('message', 'Message'),
        option('subject', 'Subject'),
      ],
    },
    {
      type: 'webhook',
      name: 'Webhook',
      options: [
        option('url', 'URL', true),
        option('httpMethod', 'HTTP Method'),
        option('maxAlerts', 'Max Alerts'),
        option('title', 'Title'),
        option('message', 'Message'),
      ],
    },
    { type: 'sns', name: 'AWS SNS', options: features.sns === 'upstream' ? snsUpstream : snsAmg },
  ];
}

const arn = /^arn:[\w-]+:sns:[\w-]*:\d{12}:.+$/;

/** Throws 400, "invalid object specification", with the message of the receiver's own validation. */
export function checkSettings(features: Features, type: string, settings: Readonly<Record<string, unknown>>): void {
  const notifier = notifiers(features).find((one) => one.type === type);
  if (!notifier) throw invalid(`unknown receiver type "${type}"`);
  for (const name of Object.keys(settings)) {
    if (!notifier.options.some((one) => one.propertyName === name))
      throw invalid(
        `settings of ${type} have no member "${name}" on this Grafana version (Grafana would drop it silently)`,
      );
  }
  for (const { propertyName, required } of notifier.options) {
    if (required && !settings[propertyName]) throw invalid(`could not find ${propertyName} in settings`);
  }
  if (type === 'sns') checkSns(features, settings);
}

function checkSns(features: Features, settings: Readonly<Record<string, unknown>>): void {
  if (features.sns === 'amg') {
    if (!arn.test(String(settings['topic']))) throw invalid('invalid SNS topic ARN');
    return;
  }
  const { topic_arn: topic, target_arn: target, phone_number: phone } = settings;
  if (!topic && !target && !phone) throw invalid('must specify topicArn, targetArn, or phone number');
  if (topic && !arn.test(String(topic))) throw invalid('invalid topic ARN provided');
  const { access_key: access, secret_key: secret } = (settings['sigv4'] ?? {}) as {
    access_key?: string;
    secret_key?: string;
  };
  if (Boolean(access) !== Boolean(secret)) throw invalid('must specify both access key and secret key');
}

function invalid(message: string): GrafanaError {
  return new GrafanaError(400, `invalid object specification: ${message}`);
}
