import { differences } from '../compare';
import type { Content, RuleModel } from '../content';
import { RouteNotAllowed } from '../errors';
import type { Grafana } from '../grafana';
import { MANAGED_BY } from '../naming';
import { type Ownership, prune } from '../ownership';
import { type Change, type Resource, reconcile } from '../reconcile';
import { EDITABLE, headersFor, noteOf, PROVISIONING } from './provisioning';

/**
 * Writes one rule at a time: writing a whole group would delete a user's rules in it. A workspace allows few rules
 * (aws-facts: amg-alert-quota).
 */
export function ruleResource(
  grafana: Grafana,
  rule: RuleModel,
  { folder: { uid: folderUID }, policy }: Pick<Content, 'folder' | 'policy'>,
): Resource<unknown> {
  const wanted = { isPaused: false, ...rule, folderUID, labels: { ...rule.labels, managed_by: MANAGED_BY } };
  const path = `${PROVISIONING}/alert-rules/${rule.uid}`;
  return {
    name: `alert rule ${rule.title}`,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      return status === 404 ? undefined : body;
    },
    differences: (actual) => ruleDifferences(wanted, actual as StoredRule, policy.receiver),
    write: async (actual) => {
      // Grafana requires the member, although the token determines the organization.
      const body = { orgID: 1, ...wanted };
      if (actual === undefined)
        await grafana.request('POST', `${PROVISIONING}/alert-rules`, { body, headers: EDITABLE });
      else await grafana.request('PUT', path, { body, headers: headersFor(actual) });
    },
    note: noteOf,
    unique: {
      uid: rule.uid,
      async namesake() {
        const { body } = await grafana.request('GET', `${PROVISIONING}/alert-rules`);
        return (body as readonly StoredRule[]).find(
          (other) => other.title === rule.title && other.folderUID === folderUID && other.uid !== rule.uid,
        )?.uid;
      },
    },
  };
}

type StoredRule = RuleModel & {
  readonly folderUID: string;
  readonly isPaused?: boolean;
  readonly notification_settings?: Settings | null;
};
type Settings = Readonly<Record<string, unknown>> & { readonly receiver?: string };

/** Describes what silences a rule in the words of people on call. */
function ruleDifferences(
  wanted: RuleModel & { readonly isPaused: boolean },
  actual: StoredRule,
  receiver: string,
): readonly string[] {
  const { isPaused: _, ...rest } = wanted;
  const settings = actual.notification_settings;
  const theirs = Object.entries(settings ?? {}).filter(([member, value]) => member !== 'receiver' && !isEmpty(value));
  const labels = Object.keys(actual.labels ?? {}).filter((label) => !(label in wanted.labels));
  return [
    ...(actual.isPaused === true ? ['paused: it is not evaluated and alerts nobody'] : []),
    ...(settings?.receiver && settings.receiver !== receiver
      ? [`sends to the contact point ${settings.receiver} instead of the stack's`]
      : []),
    ...theirs.map(([member]) => `muted or delayed by its own notification setting ${member}`),
    ...labels.map((label) => `has the label ${label} besides ours, which may route its alerts elsewhere`),
    ...differences(rest, actual),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Grafana's default in seconds. The rules' times are written for it. */
const INTERVAL = 60;

interface StoredGroup {
  readonly title: string;
  readonly folderUid: string;
  readonly interval: number;
  readonly rules: readonly unknown[];
}

/**
 * Sets the evaluation interval of our rule groups, which the rules themselves do not contain. Users' rules in a group
 * stay.
 */
export async function applyGroups(grafana: Grafana, content: Content, verifyOnly: boolean): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const group of new Set(content.rules.map(({ ruleGroup }) => ruleGroup))) {
    const name = `rule group ${group}`;
    try {
      changes.push(await reconcile(groupResource(grafana, name, group, content.folder.uid), verifyOnly));
    } catch (error) {
      if (!(error instanceof RouteNotAllowed)) throw error;
      const note = `its interval was not checked, as this workspace refuses ${error.route}`;
      changes.push({ name, outcome: 'unchanged', differences: [], note });
    }
  }
  return changes;
}

function groupResource(grafana: Grafana, name: string, group: string, folderUid: string): Resource<StoredGroup> {
  const path = `${PROVISIONING}/folder/${folderUid}/rule-groups/${encodeURIComponent(group)}`;
  return {
    name,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      // The group is missing. Its rules report that themselves.
      return status === 404 ? { title: group, folderUid, interval: INTERVAL, rules: [] } : (body as StoredGroup);
    },
    differences: ({ interval }) =>
      interval === INTERVAL
        ? []
        : [`evaluated every ${interval} s instead of every ${INTERVAL} s: its alerts come at another time, or never`],
    write: async (actual) => {
      const headers = actual?.rules.map(headersFor).find((each) => each !== EDITABLE) ?? EDITABLE;
      await grafana.request('PUT', path, { body: { ...actual, interval: INTERVAL }, headers });
    },
  };
}

export function pruneRules(
  grafana: Grafana,
  content: Content,
  ownership: Ownership,
  verifyOnly: boolean,
): Promise<readonly Change[]> {
  const shipped = new Set(content.rules.map(({ uid }) => uid));
  return prune({ ownership, kind: 'rules', shipped, verifyOnly }, async (uid) => {
    const path = `${PROVISIONING}/alert-rules/${uid}`;
    const { status, body } = await grafana.request('GET', path, { accept: [404] });
    if (status === 404) return undefined;
    return {
      name: `alert rule ${(body as RuleModel).title}`,
      async remove() {
        await grafana.request('DELETE', path, { headers: headersFor(body), accept: [404] });
        return undefined;
      },
    };
  });
}
