import { type Route, receiversOf } from '../../../../functions/domain/alerting/receivers-of';

const labels = { severity: 'sev2', alertname: 'Server errors (Sev2)', grafana_folder: 'Observability' };
const root = (...routes: readonly Route[]): Route => ({ receiver: 'everybody', routes });
const matcher = (label: string, operator: string, value: string): Route => ({
  receiver: 'ours',
  object_matchers: [[label, operator, value]],
});

it.each([
  ['severity', '=', 'sev2', 'ours'],
  ['severity', '!=', 'sev2', 'everybody'],
  ['team', '=', '', 'ours'],
  ['severity', '=~', 'sev[12]', 'ours'],
  ['severity', '=~', 'sev', 'everybody'],
  ['severity', '!~', 'sev3', 'ours'],
  ['severity', '=~', '(?i)SEV2', 'ours'],
  ['severity', '!~', '(?i)SEV2', 'everybody'],
])('%s %s "%s" leads to %s', (label, operator, value, receiver) => {
  expect(receiversOf(root(matcher(label, operator, value)), labels)).toEqual([receiver]);
});

it.each(['=~', '!~'])('skips a policy whose pattern only Go can read (%s)', (operator) => {
  expect(receiversOf(root(matcher('severity', operator, '\\pN(?P<one>sev)[[:digit:]]')), labels)).toEqual([
    'everybody',
  ]);
});

it('continues after a policy with `continue`, and takes the deepest match', () => {
  const deep = { ...matcher('severity', '=', 'sev2'), receiver: 'deep' };
  const first = { ...matcher('alertname', '=~', 'Server.*'), continue: true, routes: [deep] };
  expect(receiversOf(root(first, matcher('grafana_folder', '=', 'Observability')), labels)).toEqual(['deep', 'ours']);
});
