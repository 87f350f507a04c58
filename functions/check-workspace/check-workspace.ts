import type { Clock } from '../domain/clock';
import { requireWorkspace } from '../domain/require-workspace';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

/** READY when the workspace is ACTIVE; throws if it failed, is gone, or is late. */
export async function checkWorkspace(
  { workspaceId, deadline }: { readonly workspaceId: string; readonly deadline: Date },
  { amg, clock }: { readonly amg: Amg; readonly clock: Clock },
): Promise<CheckResult> {
  const workspace = await requireWorkspace(amg, workspaceId, { now: clock.now(), deadline });
  return workspace.status === 'ACTIVE'
    ? { status: 'READY', outcome: 'done', detail: `${workspaceId} is ACTIVE, Grafana ${workspace.grafanaVersion}` }
    : { status: 'PENDING', outcome: 'pending', detail: `${workspaceId} is ${workspace.status}` };
}
