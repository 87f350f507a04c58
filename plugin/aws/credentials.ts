import type { Context } from '../context';
import { hasNoCredentials, problem } from '../problem';

/** How to get credentials, for messages. */
export const logIn = 'Log in (aws sso login), set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** For messages: the stage may be mistyped, and `local` needs no AWS account. */
export const localNeedsNone = '--stage local needs no AWS account: it is for the local cloud of `npm start`';

/**
 * Throws a Problem before packaging when this machine has no AWS credentials. The framework's own error names neither
 * the stage, which may be mistyped, nor the stage `local`, which needs none. The credentials are cached.
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

/** The commands that call AWS. Not `diagnose`, which reports missing credentials as a finding. */
export const verbsAtAws: ReadonlySet<string> = new Set([
  ...[
    'attach',
    'cost',
    'deploy',
    'deploy function',
    'deploy list',
    'deploy list functions',
    'diff',
    'info',
    'invoke',
    'logs',
    'metrics',
  ],
  ...['remove', 'report', 'rollback', 'rollback function', 'services', 'setup'],
]);
