import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  WORKSPACE_ROLE_ARN: z.string().min(1),
  SUBNET_IDS: list,
  SECURITY_GROUP_IDS: list,
  GRAFANA_VERSION: z.string().min(1),
});

export type ConfigureWorkspaceConfig = z.infer<typeof shape>;
export const readConfig = (environment: NodeJS.ProcessEnv): ConfigureWorkspaceConfig =>
  readEnvironment(shape, environment);
