import { SIGNAL_GROUPS } from '../domain/checks/names';
import type { Content } from '../domain/content';
import type { StepResult } from '../domain/results';
import type { ObservedService } from '../domain/services/observed-service';

export interface SetupPlan extends StepResult {
  /** UIDs, one item each. */
  readonly dataSources: readonly string[];
  /** Batches of UIDs. The last batch also removes dashboards that are no longer shipped. */
  readonly dashboards: readonly { readonly uids: readonly string[]; readonly prune: boolean }[];
  readonly alerting: readonly string[];
  /** Groups of checks, then the services to prove. */
  readonly signals: readonly (string | { readonly service: ObservedService })[];
  /** Requests that the tester sends to the services. */
  readonly probes: readonly { readonly service: string; readonly url: string; readonly expect: number }[];
}

/** One invocation with one token applies a batch. */
const DASHBOARDS_A_BATCH = 8;

/** Lists the items of the state machine's Maps. `services` are those of services.yml besides the data processor. */
export async function planSetup(
  { services }: { readonly services: readonly ObservedService[] },
  { content }: { readonly content: Content },
): Promise<SetupPlan> {
  const dataSources = [...new Set(content.dataSources.map(({ model }) => model.uid))];
  const uids = content.dashboards.map(({ model }) => model.uid);
  const batches = Array.from({ length: Math.max(1, Math.ceil(uids.length / DASHBOARDS_A_BATCH)) }, (_, index) => ({
    uids: uids.slice(index * DASHBOARDS_A_BATCH, (index + 1) * DASHBOARDS_A_BATCH),
    prune: (index + 1) * DASHBOARDS_A_BATCH >= uids.length,
  }));
  return {
    outcome: 'done',
    detail: `${dataSources.length} data sources, ${uids.length} dashboards, ${content.rules.length} alert rules, ${SIGNAL_GROUPS.length} groups of checks${services.length > 0 ? `, ${services.length} attached services` : ''}`,
    dataSources,
    dashboards: batches,
    alerting: ['contact-point', 'rules', 'policy'],
    signals: [...SIGNAL_GROUPS, ...services.map((service) => ({ service }))],
    probes: services.flatMap(({ name, probe }) => (probe ? [{ service: name, ...probe }] : [])),
  };
}
