import { fill } from '../../../functions/domain/content';
import { objectiveValues } from '../../../functions/domain/objective';
import { content, objective } from '../../../functions/shared/content';
import snsContactPoint from '../../../grafana/alerting/contact-points/sns.json';
import type { Alert } from '../../grafana-server/alerting/alert';
import { expandMessage } from '../../grafana-server/alerting/message';
import type { WorkspaceOptions } from '../../grafana-server/contracts';
import { Grafana } from '../../grafana-server/grafana';

const startsAt = Date.parse('2026-11-25T12:00:00Z');
const grafana = new Grafana({
  workspaceId: 'g-1',
  version: '12.4',
  region: 'eu-west-1',
  now: () => startsAt + 60_000,
} as WorkspaceOptions);
const base = 'https://g-1.grafana-workspace.eu-west-1.amazonaws.com';
const values = {
  stack: 'observability-prod',
  region: 'eu-west-1',
  alertTopicArn: 'arn:aws:sns:eu-west-1:1:alerts',
  grafanaUrl: base,
  testerNoData: 'Alerting',
  scrapeInterval: '5s',
  countingWindow: '65s',
  ...objectiveValues(objective),
};
const rules = fill(content.rules, values);
const { message } = fill(snsContactPoint, values).model.settings;

const alertOf = (rule: (typeof rules)[number], more: Partial<Alert> = {}): Alert => ({
  fingerprint: rule.uid,
  ruleUid: rule.uid,
  status: 'firing',
  labels: { ...rule.labels, alertname: rule.title },
  annotations: rule.annotations,
  startsAt,
  endsAt: undefined,
  values: { A: 7 },
  notificationSettings: null,
  ...more,
});
const tell = (...alerts: Alert[]) =>
  expandMessage(grafana, message, { receiver: 'r', groupKey: 'k', groupLabels: {}, alerts });

describe('a message of the stack', () => {
  it.each(rules)('of $title names the action and links to the runbook and the panel', (rule) => {
    const text = tell(alertOf(rule));
    expect(text).not.toContain('<no value>');
    expect(text).not.toMatch(/\n{3}./);
    const { summary = '', description = '', runbook_url = '', __dashboardUid__, __panelId__ } = rule.annotations;
    expect(text.split('\n')).toEqual([
      `FIRING: ${rule.title} (${rule.labels['severity']}, observability-prod)`,
      summary,
      '',
      `What to do: ${description}`,
      '',
      `Runbook: ${runbook_url}`,
      expect.stringMatching(
        new RegExp(`^Dashboard: ${base}/d/${__dashboardUid__}\\?from=\\d+&orgId=1&to=\\d+&viewPanel=${__panelId__}$`),
      ),
      expect.stringMatching(/^Silence: https:.*matcher=__alert_rule_uid__/),
      'Since: 2026-11-25T12:00:00.000Z',
      '',
      '',
    ]);
    expect(runbook_url).toMatch(new RegExp(`^${base}/d/runbook\\?viewPanel=\\d+$`));
  });

  it('links to the runbook entry with the rule’s name, and to a panel that exists', () => {
    const panels = (uid: string | undefined) =>
      content.dashboards.find(({ model }) => model.uid === uid)?.model.panels ?? [];
    const titleOf = (uid: string | undefined, id: string | undefined) =>
      panels(uid).find((panel) => String(panel.id) === id)?.title;
    for (const { title, annotations } of rules) {
      expect(titleOf('runbook', new URL(annotations['runbook_url'] ?? '').searchParams.get('viewPanel') ?? '')).toBe(
        title,
      );
      expect(titleOf(annotations['__dashboardUid__'], annotations['__panelId__'])).toEqual(expect.any(String));
    }
  });

  it('lists several alerts in turn, and asks for no action on a resolved one', () => {
    const [first, second] = rules;
    if (first === undefined || second === undefined) throw new Error('There are two rules.');
    const text = tell(alertOf(first), alertOf(second, { status: 'resolved', endsAt: startsAt + 60_000 }));
    expect(text.match(/^(FIRING|RESOLVED): .*/gm)).toEqual([
      expect.stringContaining(first.title),
      expect.stringContaining(second.title),
    ]);
    expect(text.match(/^What to do: /gm)).toHaveLength(1);
  });

  it('names the rule that could not be evaluated, and the reason', () => {
    const [rule] = rules;
    if (rule === undefined) throw new Error('There is a rule.');
    const labels = { ...rule.labels, alertname: 'DatasourceError', rulename: rule.title };
    const text = tell(alertOf(rule, { labels, annotations: { ...rule.annotations, Error: 'store is down' } }));
    expect(text).toContain(`FIRING: DatasourceError: ${rule.title} (`);
    expect(text).toContain('\nError: store is down\n');
  });
});
