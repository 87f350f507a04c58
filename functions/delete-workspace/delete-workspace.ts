import type { Clock } from '../domain/clock';
import { findWorkspace } from '../domain/find-workspace';
import type { StepResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

/**
 * Deletion takes minutes, and AMG deletes the network interfaces some minutes later. Lambda may keep the tester's for
 * 45 minutes after DetachTester, which comes later (aws-facts: lambda-deletes-interfaces-by-role).
 */
const DEADLINE_MINUTES = 60;

/** Starts the deletion of the stack's workspace, with its service account. A missing workspace counts as done. */
export async function deleteWorkspace(
  _input: unknown,
  { amg, clock, stackName }: { readonly amg: Amg; readonly clock: Clock; readonly stackName: string },
): Promise<StepResult & { readonly deadline: string }> {
  const deadline = new Date(clock.now().getTime() + DEADLINE_MINUTES * 60_000).toISOString();
  const workspace = await findWorkspace(amg, stackName);
  if (!workspace) return { outcome: 'unchanged', detail: `no workspace ${stackName}`, deadline };
  await amg.delete(workspace.id);
  return { outcome: 'removed', detail: workspace.id, deadline };
}
