import type { Clock } from '../domain/clock';
import type { Ecs } from '../domain/ecs';
import { ServicesStillRunning } from '../domain/errors';
import type { CheckResult } from '../domain/results';

/** A task has two minutes to stop (stopTimeout), and ECS waits for the load balancer to drain. */
const DEADLINE_MINUTES = 15;

/**
 * Scales the services to zero tasks and waits until none runs. Loki and Tempo write to their buckets when they stop,
 * and the buckets are emptied after that. READY when no task runs. A missing service counts as stopped.
 */
export async function stopServices(
  { since }: { readonly since: Date },
  deps: { readonly ecs: Ecs; readonly clock: Clock; readonly cluster: string; readonly services: readonly string[] },
): Promise<CheckResult> {
  const present = (await deps.ecs.describe(deps.cluster, deps.services)).services.filter(
    ({ status }) => status === 'ACTIVE',
  );
  const wanted = present.filter(({ desired }) => desired > 0);
  for (const { name } of wanted) await deps.ecs.scale(deps.cluster, name, 0);
  const running = present.filter((service) => service.running + service.pending > 0);
  if (wanted.length === 0 && running.length === 0) {
    return { status: 'READY', outcome: 'removed', detail: 'no task runs: nothing writes to the buckets any more' };
  }
  const detail = running.map(({ name, running: count }) => `${name} still runs ${count}`).join(', ');
  if (deps.clock.now().getTime() - since.getTime() > DEADLINE_MINUTES * 60_000)
    throw new ServicesStillRunning(detail, DEADLINE_MINUTES);
  return { status: 'PENDING', outcome: 'pending', detail };
}
