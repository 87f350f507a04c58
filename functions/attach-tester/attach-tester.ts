import { TesterOutsideVpc } from '../domain/errors';
import type { FunctionNetwork, FunctionNetworks } from '../domain/function-network';
import type { StepResult } from '../domain/results';

/**
 * Puts the tester back into the VPC. An interrupted removal has taken it out, and CloudFormation does not restore it
 * while the template stays the same. A missing tester is left to the deployment. Throws
 * TesterOutsideVpc if that has no effect.
 */
export async function attachTester(
  { verifyOnly }: { readonly verifyOnly: boolean },
  deps: { readonly networks: FunctionNetworks; readonly tester: string; readonly wanted: FunctionNetwork },
): Promise<StepResult> {
  const { networks, tester, wanted } = deps;
  const network = await networks.of(tester);
  if (!network) return { outcome: 'unchanged', detail: `there is no function ${tester}` };
  if (isSame(network.subnetIds, wanted.subnetIds) && isSame(network.securityGroupIds, wanted.securityGroupIds))
    return { outcome: 'unchanged', detail: `${tester} is in its subnets` };
  if (verifyOnly)
    return { outcome: 'drifted', detail: `${tester} is not in the stack's subnets, so it cannot reach the service` };
  if (!(await networks.place(tester, wanted))) throw new TesterOutsideVpc(tester);
  await networks.settled(tester);
  return { outcome: 'updated', detail: `${tester} is back in ${wanted.subnetIds.join(', ')}` };
}

function isSame(found: readonly string[], wanted: readonly string[]): boolean {
  return String([...found].sort()) === String([...wanted].sort());
}
