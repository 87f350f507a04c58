import type { Ecs, EcsService } from '../domain/ecs';
import type { StepResult } from '../domain/results';

/**
 * Scales services with a desired count below the template's minimum up to that minimum. An interrupted removal stopped
 * them, and CloudFormation does not start them while the template stays the same; or the service is new and has one
 * task until autoscaling raises it (aws-facts: minimum-capacity). A higher count was set by autoscaling and stays.
 * AwaitServices reports a service that ECS does not find.
 */
export async function startServices(
  { verifyOnly }: { readonly verifyOnly: boolean },
  deps: { readonly ecs: Ecs; readonly cluster: string; readonly counts: Readonly<Record<string, number>> },
): Promise<StepResult> {
  const { cluster, counts, ecs } = deps;
  const { services } = await ecs.describe(cluster, Object.keys(counts));
  const least = (name: string): number => counts[name] ?? 1;
  const short = services.filter(({ status, desired, name }) => status === 'ACTIVE' && desired < least(name));
  if (short.length === 0) return { outcome: 'unchanged', detail: 'no service was stopped' };
  if (verifyOnly) return { outcome: 'drifted', detail: short.map(shortOf).join(', ') };
  const started: string[] = [];
  for (const { name, desired } of short) {
    await ecs.scale(cluster, name, least(name));
    started.push(`${name} ${desired} → ${least(name)}`);
  }
  return { outcome: 'updated', detail: `scaled up again: ${started.join(', ')}` };

  function shortOf({ name, desired }: EcsService): string {
    return `${name} is to run ${desired} of at least ${least(name)}`;
  }
}
