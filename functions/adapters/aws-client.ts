import { type AwsMiddlewareStack, checkAnswers } from './aws-answers';

/** Limits on waiting and retries, so that a hanging call ends with an error before the Lambda function times out. */
const settings = {
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};

/**
 * Creates an SDK client with the settings above and with checked responses. Every adapter uses it. The SDK itself reads
 * the endpoint from AWS_ENDPOINT_URL.
 */
export function awsClient<Settings extends object, Client extends { readonly middlewareStack: object }>(
  Client: new (options: Settings) => Client,
  own?: Partial<Settings>,
): Client {
  const client = new Client({ ...settings, ...own } as unknown as Settings);
  // Each client has its own type for the same middleware stack.
  checkAnswers(client.middlewareStack as AwsMiddlewareStack);
  return client;
}
