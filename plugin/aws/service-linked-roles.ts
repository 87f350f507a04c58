import { CreateServiceLinkedRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { errorMessage } from '../problem';

/**
 * The service-linked roles that the stack's services assume. The first ECS cluster of an account can be created before
 * its role exists ("Unable to assume the service linked role"), so the roles are created before the first deploy
 * (aws-facts: ecs-service-linked-role-race). A workspace in a VPC needs the last one
 * (aws-facts: amg-service-linked-role).
 */
export const serviceLinkedRoles = [
  'ecs.amazonaws.com',
  'ecs.application-autoscaling.amazonaws.com',
  'grafana.amazonaws.com',
] as const;

/** Creates each role unless it exists. Returns those that could not be created, with AWS's reason. */
export async function ensureServiceLinkedRoles(client: IAMClient): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const AWSServiceName of serviceLinkedRoles) {
    try {
      await client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
    } catch (error) {
      // IAM answers InvalidInput "Service role name … has been taken in this account" when the role exists.
      if (error instanceof Error && error.name.startsWith('InvalidInput') && /has been taken/.test(error.message))
        continue;
      refused.push(`${AWSServiceName}: ${errorMessage(error)}`);
    }
  }
  return refused;
}
