import * as z from 'zod';
import { securityGroupIds, subnetIds } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  WORKSPACE_ROLE_ARN: z.string().min(1),
  SUBNET_IDS: subnetIds,
  SECURITY_GROUP_IDS: securityGroupIds,
  GRAFANA_VERSION: z.string().min(1),
});

export type ConfigureWorkspaceConfig = z.infer<typeof shape>;
export const readConfig = (environment: NodeJS.ProcessEnv): ConfigureWorkspaceConfig =>
  readEnvironment(shape, environment);
