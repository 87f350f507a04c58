import type { Kernel } from '../../kernel/contracts';
import type { NetworkInterface } from '../ec2/network-interface';
import { ec2Id } from '../passive/passive-resource';

export interface Placement {
  readonly functionName: string;
  readonly roleArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

interface Held extends NetworkInterface {
  /** The function that uses it; undefined after the last use. */
  readonly user: string | undefined;
}

/**
 * The network interfaces of functions in a VPC. Lambda deletes one some time after its last use (20 to 45 minutes on
 * AWS), with the rights of the function's role. If the role no longer exists, the interface stays `available` forever
 * (aws-facts: lambda-deletes-interfaces-by-role).
 */
export class FunctionInterfaces {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly kernel: Kernel,
    /** Milliseconds between the last use and the deletion. */
    private readonly delay: number,
  ) {}

  list(): readonly NetworkInterface[] {
    return [...this.held.values()];
  }

  /** Removes an interface that a caller has deleted. */
  delete(id: string): void {
    this.held.delete(id);
  }

  /** Creates a function's interfaces, one per subnet, and releases those in other subnets. */
  place(placement: Placement): void {
    const { functionName, securityGroupIds, subnetIds } = placement;
    const own = [...this.held.values()].filter(({ user }) => user === functionName);
    const stays = (item: Held): boolean =>
      subnetIds.includes(item.subnetId) && String(item.securityGroupIds) === String(securityGroupIds);
    this.release(
      own.filter((item) => !stays(item)),
      placement,
    );
    for (const subnetId of subnetIds.filter((id) => !own.some((item) => stays(item) && item.subnetId === id))) {
      const networkInterfaceId = ec2Id('eni');
      this.held.set(networkInterfaceId, {
        networkInterfaceId,
        subnetId,
        securityGroupIds,
        status: 'in-use',
        description: `AWS Lambda VPC ENI-${functionName}-${networkInterfaceId.slice(-8)}`,
        interfaceType: 'lambda',
        tags: {},
        user: functionName,
      });
    }
  }

  private release(items: readonly Held[], { functionName, roleArn }: Placement): void {
    if (items.length === 0) return;
    for (const item of items) this.held.set(item.networkInterfaceId, { ...item, user: undefined });
    const timer = setTimeout(() => {
      const allowed = this.mayDelete(roleArn, functionName);
      for (const item of items) {
        if (allowed) this.held.delete(item.networkInterfaceId);
        else this.held.set(item.networkInterfaceId, { ...item, user: undefined, status: 'available' });
      }
    }, this.delay);
    this.kernel.closing.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  private mayDelete(roleArn: string, functionName: string): boolean {
    try {
      const { principal } = this.kernel.assumeRole(roleArn, 'lambda.amazonaws.com', functionName);
      this.kernel.authorize(principal, [{ action: 'ec2:DeleteNetworkInterface', resource: '*' }]);
      return true;
    } catch {
      return false;
    }
  }
}
