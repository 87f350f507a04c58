import type { Clock } from '../domain/clock';
import type { FunctionNetworks } from '../domain/function-network';
import type { StepResult } from '../domain/results';

/**
 * Takes the tester out of the VPC. Lambda then deletes the tester's network interfaces with the rights of the tester's
 * role (aws-facts: lambda-deletes-interfaces-by-role). The stack's deletion removes that role, so CheckDeletion waits
 * for the interfaces first. A missing tester counts as done. If Lambda denies the change, `detached` is false and
 * CheckDeletion does not wait: the order of the stack's deletion keeps the role until the interfaces are gone.
 * `since` is when it ran, by the functions' clock: StopServices counts its deadline from there.
 */
export async function detachTester(
  _input: unknown,
  deps: { readonly networks: FunctionNetworks; readonly tester: string; readonly clock: Clock },
): Promise<StepResult & { readonly detached: boolean; readonly since: string }> {
  return { ...(await detach(deps)), since: deps.clock.now().toISOString() };
}

async function detach({
  networks,
  tester,
}: {
  readonly networks: FunctionNetworks;
  readonly tester: string;
}): Promise<StepResult & { readonly detached: boolean }> {
  const network = await networks.of(tester);
  if (!network) return { outcome: 'unchanged', detail: `there is no function ${tester}`, detached: true };
  if (network.subnetIds.length === 0) return { outcome: 'unchanged', detail: `${tester} is in no VPC`, detached: true };
  if (await networks.place(tester, { subnetIds: [], securityGroupIds: [] }))
    return {
      outcome: 'removed',
      detail: `${tester} leaves the VPC; Lambda deletes its network interfaces after that (20 to 45 minutes on AWS)`,
      detached: true,
    };
  return {
    outcome: 'unchanged',
    detail: `Lambda refuses to take ${tester} out of the VPC (AccessDenied); the deletion of the stack waits for its network interfaces`,
    detached: false,
  };
}
