import { differences } from '../compare';
import type { Content, RuleModel } from '../content';
import type { Grafana } from '../grafana';
import { MANAGED_BY } from '../naming';
import type { Change, Resource } from '../reconcile';
import { EDITABLE, PROVISIONING } from './provisioning';

/** One rule at a time: writing a whole group would drop what a user added to it. A workspace takes few (aws-facts: amg-alert-quota). */
export function ruleResource(grafana: Grafana, rule: RuleModel, folderUID: string): Resource<unknown> {
  const wanted = { ...rule, folderUID, labels: { ...rule.labels, managed_by: MANAGED_BY } };
  const path = `${PROVISIONING}/alert-rules/${rule.uid}`;
  return {
    name: `alert rule ${rule.title}`,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      return status === 404 ? undefined : body;
    },
    differences: (actual) => differences(wanted, actual),
    write: async (actual) => {
      // The organization is the token's own; Grafana wants the member all the same.
      const body = { orgID: 1, ...wanted };
      if (actual === undefined)
        await grafana.request('POST', `${PROVISIONING}/alert-rules`, { body, headers: EDITABLE });
      else await grafana.request('PUT', path, { body, headers: EDITABLE });
    },
  };
}

export async function pruneRules(grafana: Grafana, content: Content, verifyOnly: boolean): Promise<readonly Change[]> {
  const { body } = await grafana.request('GET', `${PROVISIONING}/alert-rules`);
  const shipped = new Set(content.rules.map(({ uid }) => uid));
  const stale = (body as readonly (RuleModel & { readonly folderUID?: string })[]).filter(
    ({ uid, labels, folderUID }) =>
      folderUID === content.folder.uid && labels?.['managed_by'] === MANAGED_BY && !shipped.has(uid),
  );
  if (!verifyOnly) {
    for (const { uid } of stale)
      await grafana.request('DELETE', `${PROVISIONING}/alert-rules/${uid}`, { headers: EDITABLE, accept: [404] });
  }
  return stale.map(({ title }) => ({
    name: `alert rule ${title}`,
    outcome: verifyOnly ? 'drifted' : 'removed',
    differences: ['no longer shipped'],
  }));
}
