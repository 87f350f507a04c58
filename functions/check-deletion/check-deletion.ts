import type { Clock } from '../domain/clock';
import { InterfacesLeft, WorkspaceFailed } from '../domain/errors';
import { STACK_TAG } from '../domain/naming';
import type { NetworkInterfaces } from '../domain/network-interfaces';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

/** READY when no workspace of the stack is left, nor any of its network interfaces, which would keep the VPC from being deleted. */
export async function checkDeletion(
  { deadline }: { readonly deadline: Date },
  deps: {
    readonly amg: Amg;
    readonly interfaces: NetworkInterfaces;
    readonly clock: Clock;
    readonly stackName: string;
    /** The workspace's own: in an existing VPC its subnets may hold the interfaces of other workspaces. */
    readonly securityGroupIds: readonly string[];
  },
): Promise<CheckResult> {
  const workspaces = (await deps.amg.listWorkspaces()).filter(
    ({ name, tags }) => name === deps.stackName && tags[STACK_TAG] === deps.stackName,
  );
  const failed = workspaces.find(({ status }) => status === 'DELETION_FAILED');
  if (failed) throw new WorkspaceFailed(failed.id, failed.status);
  const left = [
    ...workspaces.map(({ id, status }) => `workspace ${id} (${status})`),
    ...(await deps.interfaces.inGroups(deps.securityGroupIds)).map((id) => `network interface ${id}`),
  ];
  if (left.length === 0)
    return { status: 'READY', outcome: 'removed', detail: 'the workspace and its network interfaces are gone' };
  if (deps.clock.now() > deadline) throw new InterfacesLeft(left.join(', '));
  return { status: 'PENDING', outcome: 'pending', detail: `still there: ${left.join(', ')}` };
}
