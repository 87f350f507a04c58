import { CreateServiceLinkedRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { errorMessage, hasNoCredentials, problem } from './problem';

/**
 * The service-linked roles that the stack's services assume. The first ECS cluster of an account races the creation of
 * its own ("Unable to assume the service linked role"), so they are made before the first deploy.
 */
export const serviceLinkedRoles = [
  'ecs.amazonaws.com',
  'ecs.application-autoscaling.amazonaws.com',
  'grafana.amazonaws.com',
] as const;

/**
 * Makes sure of each role; one that exists is fine. Returns what could not be made sure of, with AWS's reason. Throws a
 * Problem when there are no credentials at all: the deploy would only say so later.
 */
export async function ensureServiceLinkedRoles(client: IAMClient): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const AWSServiceName of serviceLinkedRoles) {
    try {
      await client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
    } catch (error) {
      // IAM answers InvalidInput "Service role name … has been taken in this account" when the role exists.
      if (error instanceof Error && error.name.startsWith('InvalidInput') && /has been taken/.test(error.message))
        continue;
      if (hasNoCredentials(error)) throw problem('NoCredentials', noCredentials, { cause: error });
      refused.push(`${AWSServiceName}: ${errorMessage(error)}`);
    }
  }
  return refused;
}

const noCredentials =
  'There are no AWS credentials on this machine, so nothing was deployed. Log in (aws sso login), set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Stage "local" needs none: `npm start`.';
