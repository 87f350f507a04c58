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
      `What users made in workspace ${workspace} could not be exported, so the workspace was not deleted. ${cause instanceof Error ? cause.message : String(cause)}`,
      'Run sls remove again when Grafana answers; or, to lose what users made, deploy with --param=keepData=false first, or delete the workspace in the AMG console.',
      cause,
    );
  }
}
