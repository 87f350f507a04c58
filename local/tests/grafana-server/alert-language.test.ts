import { content } from '../../../functions/shared/content';
import snsContactPoint from '../../../grafana/alerting/contact-points/sns.json';
import type { Alert } from '../../grafana-server/alerting/alert';
import { expandTemplate } from '../../grafana-server/alerting/go-template';
import type { NotificationRoute } from '../../grafana-server/alerting/model';
import { destinationsOf } from '../../grafana-server/alerting/routing';
import { inIntervals } from '../../grafana-server/alerting/time-intervals';
import type { Series } from '../../grafana-server/queries/frames';
import { evaluateMath } from '../../grafana-server/queries/math';

describe('a message template', () => {
  const data = {
    Status: 'firing',
    Alerts: Object.assign([{ Labels: { a: '1', b: '2' } }, { Labels: { a: '3' } }], { Firing: [{}, {}], Resolved: [] }),
    CommonLabels: { severity: 'sev2' },
  };
  it.each([
    ['plain text', 'plain text'],
    ['{{ .Status }}', 'firing'],
    ['{{ .Status | toUpper }}', 'FIRING'],
    ['{{ len .Alerts.Firing }}', '2'],
    ['{{ .CommonLabels.severity }} {{ .CommonLabels.none }}', 'sev2 <no value>'],
    ['{{ if eq .Status "firing" }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if .Alerts.Resolved }}a{{ else if gt (len .Alerts) 1 }}b{{ else }}c{{ end }}', 'b'],
    ['{{ range $i, $alert := .Alerts }}{{ $i }}={{ $alert.Labels.a }};{{ end }}', '0=1;1=3;'],
    ['{{ range .Alerts.Resolved }}x{{ else }}none{{ end }}', 'none'],
    ['{{ range .Alerts }}{{ range .Labels.SortedPairs }}{{ .Name }}{{ .Value }} {{ end }}{{ end }}', 'a1 b2 a3 '],
    ['a {{- /* a comment */ -}} b', 'ab'],
    ['a  {{- " b" }}', 'a b'],
    ['{{ with .CommonLabels }}{{ .severity }}{{ end }}', 'sev2'],
    ['{{ $x := 3 }}{{ printf "%.2f of %d" 1.5 $x }}', '1.50 of 3'],
    ['{{ printf "%.3s|%s" .Status .Status }}', 'fir|firing'],
    ['{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .Status }}', '[firing]'],
    ['{{ humanize 12345 }} {{ humanizePercentage 0.5 }}', '12.35k 50%'],
  ])('%s gives %s', (template, expected) => {
    expect(expandTemplate(template, { data })).toBe(expected);
  });

  it.each([
    ['{{ .Status ', /unclosed/],
    ['{{ if .Status }}x', /unexpected/],
    ['{{ nothing .Status }}', /"nothing" not defined/],
    ['{{ template "gone" . }}', /"gone" not defined/],
    ['{{ $gone }}', /undefined variable/],
  ])('refuses %s', (template, message) => {
    expect(() => expandTemplate(template, { data })).toThrow(message);
  });
});

describe('the subject of the stack’s messages', () => {
  const { subject } = snsContactPoint.model.settings;
  const states = (title: string): readonly (readonly [object, string])[] => [
    [{ alertname: title }, `[FIRING] ${title}`],
    [{ alertname: 'DatasourceNoData', rulename: title }, `[FIRING] DatasourceNoData: ${title}`],
    [{ alertname: 'DatasourceError', rulename: title }, `[FIRING] DatasourceError: ${title}`],
  ];
  // SNS documents fewer than 100 characters of ASCII; Grafana cuts at 100 bytes.
  it.each(content.rules.flatMap(({ title }) => states(title)))('of an alert with %j is %s', (labels, expected) => {
    const text = expandTemplate(subject, { data: { Status: 'firing', CommonLabels: labels } });
    expect(text).toBe(expected);
    expect(text.replace('FIRING', 'RESOLVED')).toMatch(/^[\x20-\x7e]{1,99}$/);
  });
});

describe('a math expression', () => {
  const number = (value: number, labels = {}): Series => ({ labels, times: [], values: [value] });
  const inputs = new Map([
    ['A', [number(6, { job: 'a' }), number(2, { job: 'b' })]],
    ['B', [number(3)]],
    ['C', [number(4, { job: 'a' })]],
    ['my query', [number(1)]],
  ]);
  it.each([
    ['1 + 2 * 3', [7]],
    ['(1 + 2) * 3', [9]],
    ['2 ** 3 % 5', [3]],
    ['$A / $B', [2, 2 / 3]],
    ['$A - $C', [2]],
    ['$A > 5 && $B == 3', [1, 0]],
    ['!($A > 5) || 0', [0, 1]],
    ['-abs($B) + ${my query}', [-2]],
    ['is_nan($B / 0 - $B / 0)', [1]],
  ])('%s gives %j', (expression, expected) => {
    expect(evaluateMath(expression, inputs).map((series) => series.values[0])).toEqual(expected);
  });

  it.each(['1 +', '$A $B', 'nothing($A)', '(1', '1 # 2'])('refuses %s', (expression) => {
    expect(() => evaluateMath(expression, inputs)).toThrow();
  });
});

describe('the policy tree', () => {
  const alert = (labels: Record<string, string>): Alert => ({
    fingerprint: 'f',
    ruleUid: 'r',
    status: 'firing',
    labels,
    annotations: {},
    startsAt: 0,
    endsAt: undefined,
    values: {},
    notificationSettings: null,
  });
  const tree: NotificationRoute = {
    receiver: 'root',
    group_by: ['alertname'],
    group_wait: '10s',
    routes: [
      { receiver: 'all', object_matchers: [['team', '!=', '']], continue: true },
      {
        receiver: 'sev2',
        object_matchers: [['severity', '=', 'sev2']],
        group_wait: '1s',
        routes: [{ receiver: 'night', object_matchers: [['job', '=~', '(?i)NIGHT.*']] }],
      },
      { object_matchers: [['severity', '!~', 'sev.']], repeat_interval: '1m' },
    ],
  };
  it.each([
    [{ severity: 'sev3' }, ['root 10000']],
    [{ severity: 'sev2' }, ['sev2 1000']],
    [{ severity: 'sev2', job: 'nightly' }, ['night 1000']],
    [{ severity: 'sev2', team: 'x' }, ['all 10000', 'sev2 1000']],
    [{}, ['root 10000']],
  ])('sends %j to %j', (labels, expected) => {
    const found = destinationsOf(tree, alert(labels as Record<string, string>));
    expect(found.map(({ receiver, groupWaitMs }) => `${receiver} ${groupWaitMs}`)).toEqual(expected);
  });
});

describe('a mute timing', () => {
  const monday = Date.UTC(2026, 10, 23, 8, 30);
  it.each([
    [{ weekdays: ['monday:friday'] }, true],
    [{ weekdays: ['saturday', 'sunday'] }, false],
    [{ times: [{ start_time: '08:00', end_time: '09:00' }] }, true],
    [{ times: [{ start_time: '08:00', end_time: '08:30' }] }, false],
    [{ times: [{ start_time: '09:00', end_time: '10:00' }], location: 'Europe/Berlin' }, true],
    [{ days_of_month: ['-10:-1'] }, true],
    [{ days_of_month: ['1:22'] }, false],
    [{ months: ['november'], years: ['2026:2027'] }, true],
    [{}, true],
  ])('%j holds on a Monday at 08:30 UTC: %s', (interval, expected) => {
    expect(inIntervals([interval], monday)).toBe(expected);
  });
});
