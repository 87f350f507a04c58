import { StepError } from '../domain/errors';

export class WorkspaceChanging extends StepError {
  override readonly name = 'WorkspaceChanging';
  constructor(workspace: string, status: string) {
    super(`Workspace ${workspace} is ${status}.`, 'Wait until it is ACTIVE, then run sls remove again.');
  }
}

export class ContentNotExported extends StepError {
  override readonly name = 'ContentNotExported';
  constructor(workspace: string, cause: unknown) {
    super(
      `What users made in workspace ${workspace} could not be exported, so the workspace was not deleted. ${reasonOf(cause)}`,
      'Remove the cause and run sls remove again; or, to lose what users made, deploy with --param=keepData=false first, or delete the workspace in the AMG console.',
      cause,
    );
  }
}

/** AWS's own messages do not name the error: `no such right` needs its `AccessDeniedException`. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const text = cause instanceof StepError ? cause.message : `${cause.name}: ${cause.message}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
