import { withoutLogin, withoutSecrets } from '../../../functions/export-content/secrets';

const stripped = (value: unknown, addresses = true) => {
  const found: string[] = [];
  return { value: withoutSecrets(value, found, { addresses, at: 'settings' }), found };
};

it.each([
  ['a password', { password: 'p' }, { password: 'enter-again' }, ['settings.password']],
  [
    'a key',
    { integrationKey: 'k', apiKey: 'a' },
    { integrationKey: 'enter-again', apiKey: 'enter-again' },
    ['settings.integrationKey', 'settings.apiKey'],
  ],
  ['a webhook', { url: 'https://hooks.slack.com/x' }, { url: 'https://enter-again.invalid/' }, ['settings.url']],
  [
    'what is in something else',
    { sigv4: { region: 'r', secret_key: 's' } },
    { sigv4: { region: 'r', secret_key: 'enter-again' } },
    ['settings.sigv4.secret_key'],
  ],
  ['what Grafana held back', { recipient: '[REDACTED]' }, { recipient: 'enter-again' }, ['settings.recipient']],
  [
    'what is in a list',
    { headers: [{ token: 't' }] },
    { headers: [{ token: 'enter-again' }] },
    ['settings.headers[0].token'],
  ],
  [
    'nothing',
    { topic_arn: 'arn', subject: 's', token: '', tokens: 3, key: true },
    { topic_arn: 'arn', subject: 's', token: '', tokens: 3, key: true },
    [],
  ],
])('replaces %s and names it', (_title, value, expected, found) => {
  expect(stripped(value)).toEqual({ value: expected, found });
});

it('keeps the addresses of data sources, without the user and password in them', () => {
  expect(stripped({ tokenUrl: 'https://a' }, false)).toEqual({ value: { tokenUrl: 'https://a' }, found: [] });
  expect(withoutLogin('https://user:pa@ss.example.org@host/x')).not.toContain('pa');
  expect(withoutLogin('https://user:pass@host/x?y=a@b')).toBe('https://host/x?y=a@b');
  expect(withoutLogin('http://host:3100')).toBe('http://host:3100');
});
