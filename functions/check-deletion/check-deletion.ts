import type { Clock } from '../domain/clock';
import { InterfacesLeft, WorkspaceFailed } from '../domain/errors';
import { STACK_TAG } from '../domain/naming';
import type { NetworkInterfaces } from '../domain/network-interfaces';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

/**
 * READY when no workspace of the stack and no network interface of the workspace or the tester is left: an interface
 * would block the deletion of the VPC. If `detached` is false, the tester is still in the VPC and its interfaces are
 * not waited for. Deletes the tester's unused interfaces, which Lambda leaves behind when it has no right to delete
 * them.
 */
export async function checkDeletion(
  { deadline, detached }: { readonly deadline: Date; readonly detached: boolean },
  deps: {
    readonly amg: Amg;
    readonly interfaces: NetworkInterfaces;
    readonly clock: Clock;
    readonly stackName: string;
    /** The workspace's own groups: in an existing VPC, other workspaces may have interfaces in the same subnets. */
    readonly securityGroupIds: readonly string[];
    /** The tester's own groups. */
    readonly testerSecurityGroupIds: readonly string[];
  },
): Promise<CheckResult> {
  const workspaces = (await deps.amg.listWorkspaces()).filter(
    ({ name, tags }) => name === deps.stackName && tags[STACK_TAG] === deps.stackName,
  );
  const failed = workspaces.find(({ status }) => status === 'DELETION_FAILED');
  if (failed) throw new WorkspaceFailed(failed.id, failed.status);
  const left = [
    ...workspaces.map(({ id, status }) => `workspace ${id} (${status})`),
    ...(await deps.interfaces.inGroups(deps.securityGroupIds)).map(({ id }) => `network interface ${id}`),
    ...(detached ? await ofTester(deps.interfaces, deps.testerSecurityGroupIds) : []).map(
      (id) => `network interface ${id} of the tester`,
    ),
  ];
  if (left.length === 0)
    return { status: 'READY', outcome: 'removed', detail: 'the workspace and all network interfaces are gone' };
  if (deps.clock.now() > deadline) throw new InterfacesLeft(left.join(', '));
  return { status: 'PENDING', outcome: 'pending', detail: `still there: ${left.join(', ')}` };
}

/** Deletes the available interfaces and returns the ids of the rest. */
async function ofTester(interfaces: NetworkInterfaces, groups: readonly string[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { id, isAvailable } of await interfaces.inGroups(groups)) {
    if (!(isAvailable && (await interfaces.delete(id)))) left.push(id);
  }
  return left;
}
