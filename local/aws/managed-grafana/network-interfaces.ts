import { randomBytes } from 'node:crypto';
import type { Workspace } from './workspace';

/** A workspace's network interface in a VPC, as EC2's DescribeNetworkInterfaces returns it. */
export interface GrafanaNetworkInterface {
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly status: 'in-use' | 'available';
  readonly description: string;
  /** AMG's interfaces carry the tag AmazonGrafanaManaged (aws-facts: amg-interfaces-tagged). */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Interfaces {
  attach(workspace: Workspace): void;
  detach(workspaceId: string): void;
  /** Removes the interface; this happens later than the workspace's deletion. */
  remove(workspaceId: string): void;
  list(): readonly GrafanaNetworkInterface[];
}

export function createInterfaces(): Interfaces {
  const byWorkspace = new Map<string, GrafanaNetworkInterface[]>();
  return {
    attach(workspace) {
      const vpc = workspace.vpc;
      if (!vpc) return;
      byWorkspace.set(
        workspace.id,
        vpc.subnetIds.map((subnetId) => ({
          networkInterfaceId: `eni-${randomBytes(9).toString('hex').slice(0, 17)}`,
          subnetId,
          securityGroupIds: vpc.securityGroupIds,
          status: 'in-use',
          description: `Amazon Managed Grafana ${workspace.id}`,
          tags: { AmazonGrafanaManaged: 'true' },
        })),
      );
    },
    detach(workspaceId) {
      const list = byWorkspace.get(workspaceId);
      if (list)
        byWorkspace.set(
          workspaceId,
          list.map((item) => ({ ...item, status: 'available' })),
        );
    },
    remove: (workspaceId) => {
      byWorkspace.delete(workspaceId);
    },
    list: () => [...byWorkspace.values()].flat(),
  };
}
