/**
 * Credentials from the environment, else from the task's role. The other providers of the SDK's chain are not needed in
 * ECS.
 */
import { fromHttp } from '@aws-sdk/credential-provider-http';
import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from '@smithy/core';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';

export type RefreshableCredentials = (options?: { readonly forceRefresh?: boolean }) => Promise<AwsCredentialIdentity>;

/** Cached until five minutes before they expire (as in the SDK) or until a refresh is forced. */
export function cachedCredentials(env: NodeJS.ProcessEnv = process.env): RefreshableCredentials {
  const cached = memoizeIdentityProvider(credentialProvider(env), isIdentityExpired, doesIdentityRequireRefresh);
  if (cached === undefined) throw new Error('There is no provider of credentials.');
  return cached as RefreshableCredentials;
}

function credentialProvider(env: NodeJS.ProcessEnv): AwsCredentialIdentityProvider {
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
