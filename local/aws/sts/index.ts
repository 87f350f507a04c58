import { AwsError, type Operations, type ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { awsQuery } from '../../kernel/protocols/aws-query';

/** AWS STS: the caller's identity, and sessions of roles whose trust policy names the caller. */
export function createSts(kernel: LocalKernel): ServiceModule {
  const operations: Operations = {
    GetCallerIdentity: {
      grants: () => [],
      handle: (_input, { principal }) => ({
        Arn: principal.arn,
        Account: kernel.accountId,
        UserId: principal.kind === 'role' ? `AROALOCAL:${principal.arn.split('/').at(-1)}` : 'AIDALOCALDEPLOYER',
      }),
    },
    AssumeRole: {
      grants: (input) => [{ action: 'sts:AssumeRole', resource: String(input['RoleArn']) }],
      handle: (input, { principal }) => {
        const roleArn = requireText(input['RoleArn'], 'roleArn');
        const name = requireText(input['RoleSessionName'], 'roleSessionName');
        const seconds = Number(input['DurationSeconds'] ?? 3600);
        if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
          throw new AwsError('ValidationError', 'durationSeconds must be between 900 and 43200.');
        }
        const assumer = { kind: 'AWS', arn: principal.arn, roleArn: principal.roleArn } as const;
        const { credentials, principal: session } = kernel.assume({ roleArn, name, assumer, seconds });
        return {
          Credentials: {
            AccessKeyId: credentials.accessKeyId,
            SecretAccessKey: credentials.secretAccessKey,
            SessionToken: credentials.sessionToken,
            Expiration: credentials.expiration,
          },
          AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `AROALOCAL:${name}` },
        };
      },
    },
  };
  return {
    signingNames: ['sts'],
    operations,
    handle: awsQuery({ kernel, namespace: 'https://sts.amazonaws.com/doc/2011-06-15/', operations }),
  };
}

function requireText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new AwsError('ValidationError', `1 validation error detected: Value at '${name}' must not be null.`);
}
