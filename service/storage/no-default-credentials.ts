/** Stands in for `@aws-sdk/credential-provider-node` in the bundle: the client is always given its credentials (credentials.ts). */
export function defaultProvider(): () => Promise<never> {
  return () =>
    Promise.reject(new Error('The S3 client was made without credentials; see service/storage/credentials.ts.'));
}
