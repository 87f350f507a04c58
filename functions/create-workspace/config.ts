import * as z from 'zod';
import { securityGroupIds, subnetIds } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  STACK_NAME: z.string().min(1),
  WORKSPACE_ROLE_ARN: z.string().min(1),
  SUBNET_IDS: subnetIds,
  SECURITY_GROUP_IDS: securityGroupIds,
  GRAFANA_VERSION: z.string().min(1),
  AUTHENTICATION_PROVIDERS: z.union([
    z.literal('auto'),
    z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(['AWS_SSO', 'SAML'])).min(1)),
  ]),
});

export type CreateWorkspaceConfig = z.infer<typeof shape>;
export const readConfig = (environment: NodeJS.ProcessEnv): CreateWorkspaceConfig =>
  readEnvironment(shape, environment);
