import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { TestCloud } from './test-cloud';

/**
 * Creates a stack of these resources and waits until CloudFormation is done with it, however it ends. Returns its
 * outputs.
 */
export async function createStack(
  cloud: TestCloud,
  StackName: string,
  Resources: object,
  Outputs: object = {},
): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient(cloud.client);
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  try {
    for (;;) {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
      const stack = Stacks?.[0];
      if (stack?.StackStatus?.endsWith('_COMPLETE') || stack?.StackStatus?.endsWith('_FAILED')) {
        return Object.fromEntries(
          (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
        );
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    client.destroy();
  }
}
