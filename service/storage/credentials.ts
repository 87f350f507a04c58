/** Where credentials come from: the environment, else the task's role. The rest of the SDK's chain is for laptops. */
import { fromHttp } from '@aws-sdk/credential-provider-http';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';

/** The SDK keeps what this returns until five minutes before it expires. */
export function credentialProvider(env: NodeJS.ProcessEnv = process.env): AwsCredentialIdentityProvider {
  const fromEnvironment = environmentCredentials(env);
  if (fromEnvironment !== undefined) return () => Promise.resolve(fromEnvironment);
  return fromHttp({ timeout: 1000, maxRetries: 2 });
}

function environmentCredentials(env: NodeJS.ProcessEnv): AwsCredentialIdentity | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
