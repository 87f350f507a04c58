import { WorkspaceNameTaken } from './errors';
import { STACK_TAG } from './naming';
import type { Amg } from './workspace';

/** The id of this stack's workspace, found by name and tag. A workspace in deletion does not count. */
export async function findWorkspace(
  amg: Amg,
  stackName: string,
): Promise<{ readonly id: string; readonly status: string } | undefined> {
  const found = (await amg.listWorkspaces()).filter(
    ({ name, tags, status }) => name === stackName && tags[STACK_TAG] === stackName && status !== 'DELETING',
  );
  if (found.length > 1)
    throw new WorkspaceNameTaken(
      stackName,
      found.map(({ id }) => id),
    );
  return found[0];
}
