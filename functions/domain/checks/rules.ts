import { PROVISIONING } from '../alerting/provisioning';
import { alertLabels, type Route, receiversOf } from '../alerting/receivers-of';
import type { Clock } from '../clock';
import type { Content, RuleModel } from '../content';
import type { Grafana } from '../grafana';
import { MANAGED_BY } from '../naming';
import { asAnswer } from '../queries/answer';
import { hasValues, queryAll } from '../queries/frames';
import { firstAllowed } from '../second-ways';
import { memberDifferences } from '../statement/member-differences';
import type { Check, Observation } from './check';

const DEADLINE_MS = 60_000;

/** Runs every alert rule's queries and expressions, as stored in Grafana, through Grafana. */
export function ruleChecks(grafana: Grafana, content: Content, clock: Clock): readonly Check[] {
  return [
    {
      name: 'rules',
      query: `the queries of ${content.rules.map(({ title }) => title).join(', ')}`,
      expected:
        'each parses, its condition has a value or is declared as possibly empty, and its alerts go to the contact point of the stack',
      deadline: DEADLINE_MS,
      async look() {
        const policies = await policiesOf(grafana);
        const seen: Observation[] = [];
        for (const rule of content.rules) seen.push(await lookAt({ grafana, content, clock, policies }, rule));
        const worst =
          seen.find(({ verdict }) => verdict === 'wrong') ??
          seen.find(({ verdict }) => verdict === 'late') ??
          seen.find(({ verdict }) => verdict === 'not-evaluated');
        const found = seen.map((observation) => observation.found).join('; ');
        return worst
          ? { ...worst, evidence: found }
          : { verdict: 'passed', found: `${seen.length} rules`, evidence: found };
      },
    },
  ];
}

interface Workspace {
  readonly grafana: Grafana;
  readonly content: Content;
  readonly clock: Clock;
  /** The whole tree of notification policies; undefined if the workspace refuses to return it. */
  readonly policies: Route | undefined;
}

/** aws-facts: workspace-policy-routes */
function policiesOf(grafana: Grafana): Promise<Route | undefined> {
  return firstAllowed<Route | undefined>(grafana, [
    {
      route: `GET ${PROVISIONING}/policies`,
      run: async () => (await grafana.request('GET', `${PROVISIONING}/policies`)).body as Route,
    },
    { route: "each rule's own contact point", run: async () => undefined },
  ]);
}

async function lookAt({ grafana, content, clock, policies }: Workspace, shipped: RuleModel): Promise<Observation> {
  const { uid, title } = shipped;
  const { status, body } = await grafana.request('GET', `${PROVISIONING}/alert-rules/${uid}`, { accept: [404] });
  if (status === 404)
    return {
      verdict: 'wrong',
      found: `there is no alert rule "${title}"`,
      hop: 'content',
      remedy: 'Run sls setup to put it back.',
    };
  const rule = body as RuleModel;
  const unnotified = notNotified(rule, shipped, content, policies);
  if (unnotified)
    return {
      verdict: 'wrong',
      found: `"${title}" ${unnotified}`,
      hop: 'content',
      remedy: 'Run sls setup to put it back.',
    };
  const to = clock.now();
  const queries = rule.data.map(({ refId, datasourceUid, model }) => ({
    ...model,
    refId,
    datasource: { uid: datasourceUid },
  }));
  const answer = await asAnswer(() => queryAll(grafana, queries, { from: new Date(to.getTime() - 600_000), to }));
  if (answer.kind === 'not-evaluated') return { verdict: 'not-evaluated', found: `"${title}": ${answer.reason}` };
  const remedy = `Correct grafana/alerting/rules/${uid}.json.`;
  if (answer.kind === 'error')
    return { verdict: 'wrong', found: `"${title}" is refused: ${answer.reason}`, hop: 'content', remedy };
  const condition = answer.data[rule.condition];
  const declared = content.emptyRules[uid];
  if (!condition || !hasValues(condition)) {
    if (declared !== undefined) return { verdict: 'passed', found: `"${title}" has no value: ${declared}` };
    return {
      verdict: 'late',
      found: `"${title}": its condition ${rule.condition} has no value`,
      hop: 'content',
      remedy,
    };
  }
  return { verdict: 'passed', found: `"${title}" has a value` };
}

/**
 * Why this rule's alerts reach nobody, by the statement of its members: it is paused, has other labels, or is routed
 * elsewhere.
 */
function notNotified(
  rule: RuleModel,
  shipped: RuleModel,
  { folder, policy }: Content,
  policies: Route | undefined,
): string | undefined {
  const { isPaused, labels } = rule;
  const wanted = { isPaused: false, labels: { ...shipped.labels, managed_by: MANAGED_BY } };
  const [silenced] = memberDifferences('alert rule', wanted, { isPaused, labels });
  if (silenced) return silenced.text;
  const settings = rule['notification_settings'] as { readonly receiver?: string } | null | undefined;
  const routed = policies ? receiversOf(policies, alertLabels(rule, folder)) : [];
  const receivers = settings?.receiver ? [settings.receiver] : routed;
  if (receivers.includes(policy.receiver)) return undefined;
  return `has alerts that go to ${receivers.join(', ') || 'nobody'}, not to ${policy.receiver}`;
}
