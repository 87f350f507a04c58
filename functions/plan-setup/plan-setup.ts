import { SIGNAL_GROUPS } from '../domain/checks/names';
import type { Content } from '../domain/content';
import type { StepResult } from '../domain/results';

export interface SetupPlan extends StepResult {
  /** UIDs, one item each. */
  readonly dataSources: readonly string[];
  /** Batches of UIDs. The last batch also removes dashboards that are no longer shipped. */
  readonly dashboards: readonly { readonly uids: readonly string[]; readonly prune: boolean }[];
  readonly alerting: readonly string[];
  /** Groups of checks. */
  readonly signals: readonly string[];
}

/** One invocation with one token applies a batch. */
const DASHBOARDS_A_BATCH = 6;

/** Lists the items of the state machine's Maps. */
export async function planSetup(_input: unknown, { content }: { readonly content: Content }): Promise<SetupPlan> {
  const dataSources = [...new Set(content.dataSources.map(({ model }) => model.uid))];
  const uids = content.dashboards.map(({ model }) => model.uid);
  const batches = Array.from({ length: Math.max(1, Math.ceil(uids.length / DASHBOARDS_A_BATCH)) }, (_, index) => ({
    uids: uids.slice(index * DASHBOARDS_A_BATCH, (index + 1) * DASHBOARDS_A_BATCH),
    prune: (index + 1) * DASHBOARDS_A_BATCH >= uids.length,
  }));
  return {
    outcome: 'done',
    detail: `${dataSources.length} data sources, ${uids.length} dashboards, ${content.rules.length} alert rules, ${SIGNAL_GROUPS.length} groups of checks`,
    dataSources,
    dashboards: batches,
    alerting: ['contact-point', 'rules', 'policy'],
    signals: SIGNAL_GROUPS,
  };
}
