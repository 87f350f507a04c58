import type { Ecs } from '../domain/ecs';
import { ServicesScaledToNone } from '../domain/errors';
import type { StepResult } from '../domain/results';

/**
 * Scales services that are to run no task back to what the template says: a removal that did not come to its end has stopped
 * them, and CloudFormation does not start them when the template stays the same. Other counts are the autoscaling's. A service
 * that ECS does not know is AwaitServices' to report. Throws ServicesScaledToNone when it may change nothing.
 */
export async function startServices(
  { verifyOnly }: { readonly verifyOnly: boolean },
  deps: { readonly ecs: Ecs; readonly cluster: string; readonly counts: Readonly<Record<string, number>> },
): Promise<StepResult> {
  const { cluster, counts, ecs } = deps;
  const { services } = await ecs.describe(cluster, Object.keys(counts));
  const stopped = services.filter(({ status, desired }) => status === 'ACTIVE' && desired === 0);
  if (stopped.length === 0) return { outcome: 'unchanged', detail: 'no service was stopped' };
  if (verifyOnly) throw new ServicesScaledToNone(stopped.map(({ name }) => name));
  const started: string[] = [];
  for (const { name } of stopped) {
    const count = counts[name] ?? 1;
    await ecs.scale(cluster, name, count);
    started.push(`${name} 0 → ${count}`);
  }
  return { outcome: 'updated', detail: `scaled up again: ${started.join(', ')}` };
}
