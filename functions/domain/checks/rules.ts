import { PROVISIONING } from '../alerting/provisioning';
import type { Clock } from '../clock';
import type { Content, RuleModel } from '../content';
import type { Grafana } from '../grafana';
import { asAnswer } from '../queries/answer';
import { hasValues, queryAll } from '../queries/frames';
import type { Check, Observation } from './check';

const DEADLINE_MS = 60_000;

/** Every alert rule's queries and expressions, as Grafana has them stored, run through Grafana. */
export function ruleChecks(grafana: Grafana, content: Content, clock: Clock): readonly Check[] {
  return [
    {
      name: 'rules',
      query: `the queries of ${content.rules.map(({ title }) => title).join(', ')}`,
      expected:
        'each parses, its condition has a value or is declared as possibly empty, and its alerts go to the contact point of the stack',
      deadline: DEADLINE_MS,
      async look() {
        const seen: Observation[] = [];
        for (const rule of content.rules) seen.push(await lookAt(grafana, content, rule, clock));
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

async function lookAt(
  grafana: Grafana,
  content: Content,
  { uid, title }: RuleModel,
  clock: Clock,
): Promise<Observation> {
  const { status, body } = await grafana.request('GET', `${PROVISIONING}/alert-rules/${uid}`, { accept: [404] });
  if (status === 404)
    return {
      verdict: 'wrong',
      found: `there is no alert rule "${title}"`,
      hop: 'content',
      remedy: 'Run sls setup to put it back.',
    };
  const rule = body as RuleModel;
  const unnotified = notNotified(rule, content);
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

/** Why nobody would hear of this rule's alerts: it is paused, or it lacks a label by which the policy finds the contact point. */
function notNotified(rule: RuleModel, { policy }: Content): string | undefined {
  if (rule['isPaused'] === true) return 'is paused';
  const missing = policy.object_matchers.find(
    ([label, operator, value]) => operator === '=' && rule.labels?.[label] !== value,
  );
  if (!missing) return undefined;
  return `lacks the label ${missing[0]}="${missing[2]}": its alerts reach no contact point of the stack`;
}
