import {
  CloudFormationClient,
  type Stack as CloudFormationStack,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { problem } from '../problem';

/** A deployed stack: its status and its outputs (docs/architecture.md, "Names"). */
export interface Stack {
  readonly name: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The stack, or undefined when there is none of this name (a deleted one counts as none). */
export async function findStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  let found: CloudFormationStack | undefined;
  try {
    found = (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
      return undefined;
    throw error;
  }
  if (!found || found.StackStatus === 'DELETE_COMPLETE') return undefined;
  const outputs = (found.Outputs ?? []).map(
    ({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? ''] as const,
  );
  return { name, status: found.StackStatus ?? 'UNKNOWN', outputs: Object.fromEntries(outputs) };
}

/** An output of the stack; throws a Problem that says to deploy when the stack has none of this name. */
export function output(stack: Stack, name: string, deploy: string): string {
  const value = stack.outputs[name];
  if (value) return value;
  throw problem(
    'StackIncomplete',
    `The stack ${stack.name} (${stack.status}) has no output "${name}": its deployment failed or is not complete. Deploy it again with \`${deploy}\`.`,
  );
}

/** Throws a Problem that names the command when the stack is not there. */
export function required(stack: Stack | undefined, name: string, deploy: string): Stack {
  if (stack) return stack;
  throw problem('StackMissing', `There is no stack ${name}. Deploy it with \`${deploy}\`.`);
}

export { CloudFormationClient };
