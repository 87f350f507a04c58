import type { Clock } from '../domain/clock';
import type { Ecs, EcsService } from '../domain/ecs';
import { ServiceMissing, ServicesNotSteady } from '../domain/errors';
import type { CheckResult } from '../domain/results';

/**
 * An ECS deployment circuit breaker (aws-facts: circuit-breaker-rolls-back) needs about this long to give up. A longer
 * wait is useless.
 */
const DEADLINE_MINUTES = 20;

/**
 * READY when every service runs its desired tasks on one completed deployment. Throws with ECS's reason if that cannot
 * happen. A verification does not wait for a service that is to run no task: StartServices has reported it as drift.
 */
export async function awaitServices(
  { since, verifyOnly = false }: { readonly since: Date; readonly verifyOnly?: boolean },
  deps: { readonly ecs: Ecs; readonly clock: Clock; readonly cluster: string; readonly services: readonly string[] },
): Promise<CheckResult> {
  const { services, failures } = await deps.ecs.describe(deps.cluster, deps.services);
  // HTTP 200 does not mean that ECS knows the services.
  if (failures.length > 0) throw new ServiceMissing(failures.join(', '));
  const unsteady = services.filter((service) => !isSteady(service) && !(verifyOnly && service.desired === 0));
  if (unsteady.length === 0) return { status: 'READY', outcome: 'done', detail: services.map(shortCounts).join(', ') };

  const minutes = (deps.clock.now().getTime() - since.getTime()) / 60_000;
  const rolledBack = unsteady.filter(({ rollout }) => rollout === 'FAILED');
  if (minutes >= DEADLINE_MINUTES || rolledBack.length > 0) {
    const reasons = await Promise.all(
      (rolledBack.length > 0 ? rolledBack : unsteady).map((service) => reasonOf(service, deps)),
    );
    throw new ServicesNotSteady(reasons.join('; '), Math.floor(minutes));
  }
  return { status: 'PENDING', outcome: 'pending', detail: services.map(shortCounts).join(', ') };
}

function isSteady(service: EcsService): boolean {
  return (
    service.status === 'ACTIVE' &&
    service.desired > 0 &&
    service.running === service.desired &&
    service.pending === 0 &&
    service.deployments === 1 &&
    service.rollout === 'COMPLETED'
  );
}

function counts({ name, running, desired }: EcsService): string {
  return `${name} ${running}/${desired}`;
}

/**
 * The logical id from CloudFormation's name (`<stack>-LokiService-1a2b3c`): three whole names do not fit a terminal
 * line.
 */
function shortCounts(service: EcsService): string {
  return counts({ ...service, name: /-([A-Z]\w*)-\w+$/.exec(service.name)?.[1] ?? service.name });
}

async function reasonOf(
  service: EcsService,
  { ecs, cluster }: { readonly ecs: Ecs; readonly cluster: string },
): Promise<string> {
  const reasons = await ecs.stoppedReasons(cluster, service.name);
  return [counts(service), service.rollout, ...reasons.slice(0, 3), service.latestEvent].filter(Boolean).join(', ');
}
