import { type AwsMiddlewareStack, checkAnswers } from './aws-answers';

/** Bounded waiting and retries, so that a call that hangs never becomes a Lambda that times out without a word. */
const settings = {
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};

/**
 * The one way to an SDK client here: with the settings above and with its answers checked. The endpoint comes from
 * AWS_ENDPOINT_URL, which the SDK reads by itself.
 */
export function awsClient<Settings extends object, Client extends { readonly middlewareStack: object }>(
  Client: new (options: Settings) => Client,
  own?: Partial<Settings>,
): Client {
  const client = new Client({ ...settings, ...own } as unknown as Settings);
  // Each client has a type of its own for the same stack.
  checkAnswers(client.middlewareStack as AwsMiddlewareStack);
  return client;
}
