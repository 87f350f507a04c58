/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundle: the client always gets its credentials from
 * credentials.ts.
 */
export function defaultProvider(): () => Promise<never> {
  return () =>
    Promise.reject(new Error('The S3 client was made without credentials; see service/storage/credentials.ts.'));
}
