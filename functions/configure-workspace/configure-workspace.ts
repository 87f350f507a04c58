import type { Clock } from '../domain/clock';
import { differences } from '../domain/compare';
import { VersionNotReversible, WorkspaceMissing } from '../domain/errors';
import { reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { compareWithWanted } from '../domain/versions';
import type { Amg, VpcConfiguration, Workspace } from '../domain/workspace';
import { compareConfiguration, mergeConfiguration } from '../domain/workspace-configuration';
import type { ConfigureWorkspaceConfig } from './config';

/** A change restarts Grafana within minutes. */
const DEADLINE_MINUTES = 20;

/**
 * Updates the workspace's role, VPC, configuration and version to what the stack wants. Throws VersionNotReversible if
 * it runs a newer Grafana than asked for (aws-facts: amg-configuration-required). While the first update runs, AMG
 * refuses the second one with a ConflictException. The state's retry then finds the first one done and makes the
 * second.
 */
export async function configureWorkspace(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg, clock, config }: { readonly amg: Amg; readonly clock: Clock; readonly config: ConfigureWorkspaceConfig },
): Promise<StepResult & { readonly deadline: string }> {
  const wanted = {
    roleArn: config.WORKSPACE_ROLE_ARN,
    vpc: normalized({ subnetIds: config.SUBNET_IDS, securityGroupIds: config.SECURITY_GROUP_IDS }),
  };
  const workspace = await amg.describe(workspaceId);
  if (!workspace) throw new WorkspaceMissing(workspaceId);
  const upgrade = upgradeOf(workspace, config.GRAFANA_VERSION);
  const network = await reconcile<Workspace>(
    {
      name: 'role and network',
      read: async () => workspace,
      differences: ({ roleArn, vpc }) => differences(wanted, { roleArn, vpc: vpc && normalized(vpc) }),
      write: () => amg.update(workspaceId, wanted),
    },
    verifyOnly,
  );
  const present = await amg.configuration(workspaceId);
  const { differences: found, untold } = compareConfiguration(present);
  const configuration = await reconcile(
    {
      name: untold.length === 0 ? 'configuration' : `configuration (AMG does not tell ${untold.join(', ')})`,
      read: async () => present,
      differences: () => [
        ...found,
        ...(upgrade === undefined ? [] : [`Grafana ${workspace.grafanaVersion} instead of ${upgrade}`]),
      ],
      write: () => amg.configure(workspaceId, mergeConfiguration(present), upgrade),
    },
    verifyOnly,
  );
  return {
    ...summarize([network, configuration]),
    deadline: new Date(clock.now().getTime() + DEADLINE_MINUTES * 60_000).toISOString(),
  };
}

/** The version to upgrade to; undefined if the workspace has it. */
function upgradeOf({ id, grafanaVersion }: Workspace, wanted: string): string | undefined {
  const relation = compareWithWanted(grafanaVersion, wanted);
  if (relation === 'newer') throw new VersionNotReversible(id, grafanaVersion, wanted);
  return relation === 'older' ? wanted : undefined;
}

/** Sorted, because order has no meaning in either list. */
function normalized(vpc: VpcConfiguration): VpcConfiguration {
  return { subnetIds: [...vpc.subnetIds].sort(), securityGroupIds: [...vpc.securityGroupIds].sort() };
}
