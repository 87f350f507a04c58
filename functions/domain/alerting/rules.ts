import type { Content, RuleModel } from '../content';
import { GroupShared, RouteNotAllowed } from '../errors';
import type { Grafana } from '../grafana';
import { MANAGED_BY } from '../naming';
import type { Ownership } from '../ownership';
import { prune } from '../prune';
import { type Change, type Resource, reconcile } from '../reconcile';
import { memberDifferences, textOf } from '../statement/member-differences';
import { ownedResource } from '../statement/owned-resource';
import { EDITABLE, headersFor, noteOf, PROVISIONING } from './provisioning';

/**
 * Writes one rule at a time: writing a whole group would delete a user's rules in it. A workspace allows few rules
 * (aws-facts: amg-alert-quota).
 */
export function ruleResource(
  grafana: Grafana,
  rule: RuleModel,
  { folder: { uid: folderUID }, policy }: Pick<Content, 'folder' | 'policy'>,
  ownership: Ownership,
): Resource<StoredRule> {
  const shipped = { isPaused: false, ...rule, folderUID, labels: { ...rule.labels, managed_by: MANAGED_BY } };
  const path = `${PROVISIONING}/alert-rules/${rule.uid}`;
  return {
    name: `alert rule ${rule.title}`,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      return status === 404 ? undefined : (body as StoredRule);
    },
    ...ownedResource<StoredRule>({
      ownership,
      kind: 'rules',
      uid: rule.uid,
      looksOurs: ({ labels }) => labels?.['managed_by'] === MANAGED_BY,
      compare: (actual) => memberDifferences('alert rule', wantedFor(actual), actual),
    }),
    write: async (actual) => {
      // Grafana requires the member, although the token determines the organization.
      const body = { orgID: 1, ...wantedFor(actual) };
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

  /** A rule that names our contact point itself is right too: on some workspaces the setup writes it that way. */
  function wantedFor(actual: StoredRule | undefined) {
    const isNamed = actual?.notification_settings?.receiver === policy.receiver;
    return { ...(isNamed && { notification_settings: { receiver: policy.receiver } }), ...shipped };
  }
}

type StoredRule = RuleModel & {
  readonly folderUID: string;
  readonly notification_settings?: { readonly receiver?: string } | null;
};

/** Grafana's default in seconds. The rules' times are written for it. */
const INTERVAL = 60;

interface StoredGroup {
  readonly title: string;
  readonly folderUid: string;
  readonly interval: number;
  readonly rules: readonly StoredRule[];
}

/**
 * Sets the evaluation interval of our rule groups, which the rules themselves do not contain. Users' rules in a group
 * stay.
 */
export async function applyGroups(
  grafana: Grafana,
  content: Content,
  verifyOnly: boolean,
  ownership: Ownership,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const ours = new Set([...content.rules.map(({ uid }) => uid), ...ownership.of('rules')]);
  for (const group of new Set(content.rules.map(({ ruleGroup }) => ruleGroup))) {
    const name = `rule group ${group}`;
    try {
      changes.push(await reconcile(groupResource(grafana, name, group, content.folder.uid, ours), verifyOnly));
    } catch (error) {
      if (!(error instanceof RouteNotAllowed)) throw error;
      const note = `its interval was not checked, as this workspace refuses ${error.route}`;
      changes.push({ name, outcome: 'unchanged', differences: [], note });
    }
  }
  return changes;
}

function groupResource(
  grafana: Grafana,
  name: string,
  group: string,
  folderUid: string,
  ours: ReadonlySet<string>,
): Resource<StoredGroup> {
  const path = `${PROVISIONING}/folder/${folderUid}/rule-groups/${encodeURIComponent(group)}`;
  const theirs = ({ rules }: StoredGroup) => rules.filter(({ uid }) => !ours.has(uid));
  return {
    name,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      // The group is missing. Its rules report that themselves.
      return status === 404 ? { title: group, folderUid, interval: INTERVAL, rules: [] } : (body as StoredGroup);
    },
    differences: (actual) => memberDifferences('rule group', { interval: INTERVAL }, actual).map(textOf),
    // Grafana takes an interval only with all rules of the group, and gives all of them the provenance of the request.
    write: async (actual) => {
      const rules = actual?.rules ?? [];
      const headers = rules.map(headersFor);
      const isMixed = headers.includes(EDITABLE) && headers.some((each) => each !== EDITABLE);
      if (actual && isMixed && theirs(actual).length > 0)
        throw new GroupShared(
          group,
          INTERVAL,
          theirs(actual).map(({ title }) => title),
        );
      const ownHeaders = headers.find((each) => each !== EDITABLE) ?? EDITABLE;
      await grafana.request('PUT', path, { body: { ...actual, interval: INTERVAL }, headers: ownHeaders });
    },
    note: (actual) => {
      const titles = theirs(actual).map(({ title }) => title);
      return titles.length === 0 ? undefined : `written with the unchanged rules of users in it: ${titles.join(', ')}`;
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
