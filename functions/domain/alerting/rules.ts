import { differences } from '../compare';
import type { Content, RuleModel } from '../content';
import type { Grafana } from '../grafana';
import { MANAGED_BY } from '../naming';
import { type Ownership, prune } from '../ownership';
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
        await grafana.request('DELETE', path, { headers: EDITABLE, accept: [404] });
        return undefined;
      },
    };
  });
}
