import type { Clock } from '../domain/clock';
import { differences } from '../domain/compare';
import { WorkspaceMissing } from '../domain/errors';
import { reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import type { Amg, VpcConfiguration, Workspace } from '../domain/workspace';
import { mergeConfiguration, REQUIRED_CONFIGURATION } from '../domain/workspace-configuration';
import type { ConfigureWorkspaceConfig } from './config';

/** A change restarts Grafana within minutes. */
const DEADLINE_MINUTES = 20;

/**
 * Brings the workspace's role, VPC and configuration to what the stack wants. AMG refuses the second update with a
 * ConflictException while the first one runs: the state's retry then finds the first one done and makes the second.
 */
export async function configureWorkspace(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg, clock, config }: { readonly amg: Amg; readonly clock: Clock; readonly config: ConfigureWorkspaceConfig },
): Promise<StepResult & { readonly deadline: string }> {
  const wanted = {
    roleArn: config.WORKSPACE_ROLE_ARN,
    vpc: normalized({ subnetIds: config.SUBNET_IDS, securityGroupIds: config.SECURITY_GROUP_IDS }),
  };
  const network = await reconcile<Workspace>(
    {
      name: 'role and network',
      read: async () => {
        const workspace = await amg.describe(workspaceId);
        if (!workspace) throw new WorkspaceMissing(workspaceId);
        return workspace;
      },
      differences: (workspace) =>
        differences(wanted, { roleArn: workspace.roleArn, vpc: workspace.vpc && normalized(workspace.vpc) }),
      write: () => amg.update(workspaceId, wanted),
    },
    verifyOnly,
  );
  const configuration = await reconcile(
    {
      name: 'configuration',
      read: () => amg.configuration(workspaceId),
      differences: (present) => differences(REQUIRED_CONFIGURATION, present),
      write: (present) => amg.configure(workspaceId, mergeConfiguration(present ?? {})),
    },
    verifyOnly,
  );
  return {
    ...summarize([network, configuration]),
    deadline: new Date(clock.now().getTime() + DEADLINE_MINUTES * 60_000).toISOString(),
  };
}

/** Order means nothing in either list. */
function normalized(vpc: VpcConfiguration): VpcConfiguration {
  return { subnetIds: [...vpc.subnetIds].sort(), securityGroupIds: [...vpc.securityGroupIds].sort() };
}
