/**
 * What every SDK client here has in common: bounded waiting and retries, so that a call that hangs never becomes a Lambda that
 * times out without a word. The endpoint comes from AWS_ENDPOINT_URL, which the SDK reads by itself.
 */
export const clientSettings = {
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
} as const;
