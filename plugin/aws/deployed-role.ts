import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import type { Context } from '../context';
import { problem } from '../problem';

/**
 * For `sls deploy function`: the framework uses the logical id in `role: !GetAtt TesterRole.Arn` as the role's name.
 * Replaces it with the name of the deployed role. Does not change other kinds of role. Throws a Problem when the stack
 * has no such role yet.
 */
export async function useDeployedRole(context: Context): Promise<void> {
  const name = context.option('function') ?? '';
  const settings = context.serverless.service.functions?.[name] as { role?: unknown } | undefined;
  const reference = (settings?.role as { readonly 'Fn::GetAtt'?: readonly unknown[] } | undefined)?.['Fn::GetAtt'];
  const [logicalId, attribute] = reference ?? [];
  if (!settings || typeof logicalId !== 'string' || attribute !== 'Arn') return;
  settings.role = { 'Fn::GetAtt': [await nameOf(context, logicalId), attribute] };
}

async function nameOf(context: Context, LogicalResourceId: string): Promise<string | undefined> {
  const client = await context.client(CloudFormationClient);
  try {
    const answer = await client.send(
      new DescribeStackResourceCommand({ StackName: context.stackName, LogicalResourceId }),
    );
    return answer.StackResourceDetail?.PhysicalResourceId;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    throw problem(
      'RoleNotDeployed',
      `The stack ${context.stackName} has no ${LogicalResourceId} yet: run "${context.command('deploy')}" once, then deploy the function. (${error.message})`,
    );
  }
}
