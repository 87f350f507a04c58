import { Readable } from 'node:stream';
import { type AwsMiddlewareStack, readWhole } from './aws-answers';

/**
 * Reads DescribeWorkspace's reason for a DEGRADED workspace. The service's model has `degradedWorkspaceReason`, the
 * SDK's does not yet. The SDK drops unknown members, so the reason is read from the response's text.
 * aws-facts: amg-statuses. Returns a function that gives the reason after the call; undefined if there is none.
 */
export function keepDegradedReason(stack: AwsMiddlewareStack): () => string | undefined {
  let reason: string | undefined;
  stack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const whole = await readWhole(answer.response);
      reason = reasonIn(whole.toString('utf8'));
      answer.response.body = Readable.from(whole.length > 0 ? [whole] : [], { objectMode: false });
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'keepDegradedReason' },
  );
  return () => reason;
}

function reasonIn(text: string): string | undefined {
  try {
    const { workspace } = JSON.parse(text) as { readonly workspace?: { readonly degradedWorkspaceReason?: unknown } };
    const found = workspace?.degradedWorkspaceReason;
    return typeof found === 'string' && found !== '' ? found : undefined;
  } catch {
    // The SDK reports what is wrong with the response.
    return undefined;
  }
}
