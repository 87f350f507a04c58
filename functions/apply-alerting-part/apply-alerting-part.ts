import { contactPointResource, pruneContactPoints } from '../domain/alerting/contact-point';
import { applyPolicy } from '../domain/alerting/policy';
import { applyGroups, pruneRules, ruleResource } from '../domain/alerting/rules';
import type { AuditStore } from '../domain/audit';
import { type Content, fill, type Values } from '../domain/content';
import { folderResource } from '../domain/folder';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { grafanaUrl } from '../domain/naming';
import { type Ownership, readOwnership } from '../domain/ownership';
import { tellLost } from '../domain/prune';
import { type Change, reconcile, summarize, tally } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { versionInRange } from '../domain/versions';

export type AlertingPart = 'contact-point' | 'rules' | 'policy';

/** Upserts one part of the alerting. The order of the parts is fixed, because each part refers to the one before. */
export async function applyAlertingPart(
  { item, access, verifyOnly }: { readonly item: AlertingPart; readonly access: Access; readonly verifyOnly: boolean },
  {
    session,
    audit,
    content,
    values,
  }: {
    readonly session: GrafanaSession;
    readonly audit: AuditStore;
    readonly content: Content;
    readonly values: Values;
  },
): Promise<StepResult & { readonly name: string; readonly tally: ReturnType<typeof tally> }> {
  const ownership = await readOwnership(audit, access.workspaceId);
  const wanted = forVersion(content, access.grafanaVersion, { ...values, grafanaUrl: grafanaUrl(access.endpoint) });
  const changes = await session(access, item, (grafana) => parts[item](grafana, wanted, verifyOnly, ownership));
  return { name: item, ...summarize(changes), tally: tally(changes) };
}

type Apply = (
  grafana: Grafana,
  content: Content,
  verifyOnly: boolean,
  ownership: Ownership,
) => Promise<readonly Change[]>;

const parts: Readonly<Record<AlertingPart, Apply>> = {
  'contact-point': async (grafana, content, verifyOnly, ownership) => {
    const changes: Change[] = [];
    for (const { model } of content.contactPoints)
      changes.push(await reconcile(contactPointResource(grafana, model, ownership), verifyOnly));
    const pruned = await pruneContactPoints(grafana, content, ownership, verifyOnly);
    return [...changes, ...pruned, ...tellLost(ownership, 'contactPoints', changes)];
  },
  rules: async (grafana, content, verifyOnly, ownership) => {
    const changes: Change[] = [await reconcile(folderResource(grafana, content), verifyOnly)];
    for (const rule of content.rules)
      changes.push(await reconcile(ruleResource(grafana, rule, content, ownership), verifyOnly));
    changes.push(...(await applyGroups(grafana, content, verifyOnly, ownership)));
    return [...changes, ...(await pruneRules(grafana, content, ownership, verifyOnly))];
  },
  policy: applyPolicy,
};

function forVersion(content: Content, grafanaVersion: string, values: Values): Content {
  return {
    ...content,
    contactPoints: fill(
      content.contactPoints.filter((file) => versionInRange(grafanaVersion, file)),
      values,
    ),
    policy: fill(content.policy, values),
    rules: fill(content.rules, values),
  };
}
