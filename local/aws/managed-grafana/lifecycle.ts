import type { Context } from './context';
import type { Workspace } from './workspace';

export interface Transition {
  readonly operation: string;
  readonly after: number;
  readonly onActive: () => void;
}

/** Ends a transition: ACTIVE after its delay, or the outcome of an injected fault (a *_FAILED status, or `stuck`). */
export function finish(context: Context, workspace: Workspace, transition: Transition): void {
  const planted = context.faults.takeOperation(transition.operation, ['becomes']);
  if (planted?.kind === 'becomes' && planted.status === 'stuck') return;
  context.later(transition.after, () => {
    if (!context.workspaces.has(workspace.id) || workspace.status === 'DELETING') return;
    workspace.modified = context.now();
    workspace.status = planted?.kind === 'becomes' ? planted.status : 'ACTIVE';
    workspace.degradedReason = planted?.kind === 'becomes' ? planted.reason : undefined;
    if (workspace.status === 'ACTIVE') transition.onActive();
  });
}
