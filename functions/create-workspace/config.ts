import * as z from 'zod';
import type { Login } from '../domain/login';
import { securityGroupIds, subnetIds } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';
import { readProviders } from '../shared/login-config';

const shape = z.object({
  STACK_NAME: z.string().min(1),
  WORKSPACE_ROLE_ARN: z.string().min(1),
  SUBNET_IDS: subnetIds,
  SECURITY_GROUP_IDS: securityGroupIds,
  GRAFANA_VERSION: z.string().min(1),
});

export type CreateWorkspaceConfig = z.infer<typeof shape> & { readonly providers: Login['providers'] };
export const readConfig = (environment: NodeJS.ProcessEnv): CreateWorkspaceConfig => ({
  ...readEnvironment(shape, environment),
  providers: readProviders(environment),
});
