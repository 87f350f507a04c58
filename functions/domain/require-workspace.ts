import { WorkspaceFailed, WorkspaceMissing, WorkspaceTimedOut } from './errors';
import { type Amg, FAILED_STATUSES, type Workspace } from './workspace';

/** Returns the workspace, ACTIVE or not yet. Throws if it is gone, has failed, or is not ACTIVE after the deadline. */
export async function requireWorkspace(
  amg: Amg,
  workspaceId: string,
  { now, deadline }: { readonly now: Date; readonly deadline: Date },
): Promise<Workspace> {
  const workspace = await amg.describe(workspaceId);
  if (!workspace) throw new WorkspaceMissing(workspaceId);
  if (FAILED_STATUSES.has(workspace.status))
    throw new WorkspaceFailed(workspaceId, workspace.status, workspace.degradedReason);
  if (workspace.status !== 'ACTIVE' && now > deadline) throw new WorkspaceTimedOut(workspaceId, workspace.status);
  return workspace;
}
