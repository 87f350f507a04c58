import { contactPointResource, pruneContactPoints } from '../domain/alerting/contact-point';
import { applyPolicy } from '../domain/alerting/policy';
import { pruneRules, ruleResource } from '../domain/alerting/rules';
import { type Content, fill, type Values } from '../domain/content';
import { folderResource } from '../domain/folder';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { grafanaUrl } from '../domain/naming';
import { type Change, reconcile, summarize, tally } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { versionInRange } from '../domain/versions';

export type AlertingPart = 'contact-point' | 'rules' | 'policy';

/** Upserts one part of the alerting. The parts come in this order, because each names the one before. */
export async function applyAlertingPart(
  { item, access, verifyOnly }: { readonly item: AlertingPart; readonly access: Access; readonly verifyOnly: boolean },
  {
    session,
    content,
    values,
  }: { readonly session: GrafanaSession; readonly content: Content; readonly values: Values },
): Promise<StepResult & { readonly name: string; readonly tally: ReturnType<typeof tally> }> {
  const changes = await session(access, item, (grafana) =>
    parts[item](
      grafana,
      forVersion(content, access.grafanaVersion, { ...values, grafanaUrl: grafanaUrl(access.endpoint) }),
      verifyOnly,
    ),
  );
  return { name: item, ...summarize(changes), tally: tally(changes) };
}

type Apply = (grafana: Grafana, content: Content, verifyOnly: boolean) => Promise<readonly Change[]>;

const parts: Readonly<Record<AlertingPart, Apply>> = {
  'contact-point': async (grafana, content, verifyOnly) => {
    const changes: Change[] = [];
    for (const { model } of content.contactPoints)
      changes.push(await reconcile(contactPointResource(grafana, model), verifyOnly));
    return [...changes, ...(await pruneContactPoints(grafana, content, verifyOnly))];
  },
  rules: async (grafana, content, verifyOnly) => {
    const changes: Change[] = [await reconcile(folderResource(grafana, content), verifyOnly)];
    for (const rule of content.rules)
      changes.push(await reconcile(ruleResource(grafana, rule, content.folder.uid), verifyOnly));
    return [...changes, ...(await pruneRules(grafana, content, verifyOnly))];
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
