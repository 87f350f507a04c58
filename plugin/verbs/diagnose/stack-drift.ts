import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Stack } from '../../aws/stack';
import type { Context } from '../../context';
import { bad, type Finding, good } from './finding';

/**
 * Whether log groups, alarms, rules and services are as the deployed template declares them. Asks the stack's own
 * function, which the setup uses too.
 */
export async function stackDrift(context: Context, stack: Stack): Promise<Finding> {
  const client = await context.client(LambdaClient);
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: `${stack.name}-compareStack`, Payload: JSON.stringify({ verifyOnly: true }) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as {
    readonly outcome?: string;
    readonly detail?: string;
    readonly errorMessage?: string;
  };
  if (FunctionError) throw new Error(answer.errorMessage ?? FunctionError);
  const { outcome, detail = '' } = answer;
  if (outcome !== 'drifted') return good('hand-made changes', detail);
  const [found = detail, remedy] = detail.split(/\. (?=CloudFormation puts it back)/);
  return bad(
    'hand-made changes',
    found,
    remedy ?? 'See "The stack differs from its template" in docs/troubleshooting.md.',
  );
}
