import type { Context } from '../context';
import { hasNoCredentials, problem } from '../problem';

/** How a person gets credentials, for messages. */
export const logIn = 'Log in (aws sso login), set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** What needs no AWS account, for whoever only mistyped the stage. */
export const localNeedsNone = '--stage local needs no AWS account: it is for the local cloud of `npm start`';

/**
 * Before anything is packaged: throws a Problem when this machine has no AWS credentials at all. The framework's own error names neither
 * the stage, which may only be mistyped, nor the stage that needs none. What it finds is kept, so that nothing is asked twice.
 */
export async function assertCredentials(context: Context): Promise<void> {
  const { credentials } = await context.serverless.getProvider('aws').getAwsSdkV3Config();
  try {
    await credentials();
  } catch (cause) {
    if (!hasNoCredentials(cause)) throw cause;
    throw problem(
      'NoCredentials',
      `Stage "${context.stage}" is in AWS, and there are no AWS credentials on this machine. Nothing was changed. ${logIn}. ${localNeedsNone}.`,
      { cause },
    );
  }
}

/** The commands that ask AWS; `diagnose` says itself what it finds. */
export const verbsAtAws: ReadonlySet<string> = new Set([
  ...['deploy', 'deploy function', 'deploy list', 'deploy list functions', 'diff', 'info', 'invoke', 'logs', 'metrics'],
  ...['remove', 'report', 'rollback', 'rollback function', 'setup'],
]);
