import { AwsError } from '../../kernel/contracts';
import type { ThrottleOptions } from './options';

/**
 * One token bucket for each operation. Rates: "Amazon Managed Grafana service quotas" (CreateWorkspace, DeleteWorkspace
 * and most others 1 request a second, DescribeWorkspace 5). The service sends the wait in a Retry-After header.
 */
export function createThrottle(options: ThrottleOptions | 'off', now: () => number): (operation: string) => void {
  if (options === 'off') return () => undefined;
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (operation) => {
    const rate = operation.startsWith('Describe') ? options.describeRatePerSecond : options.ratePerSecond;
    const at = now();
    const last = buckets.get(operation) ?? { tokens: options.burst, at };
    const tokens = Math.min(options.burst, last.tokens + ((at - last.at) / 1000) * rate);
    if (tokens < 1) {
      buckets.set(operation, { tokens, at });
      throw new AwsError('ThrottlingException', 'Rate exceeded', 429, {
        serviceCode: 'grafana',
        quotaCode: operation,
        retryAfterSeconds: Math.max(1, Math.ceil((1 - tokens) / rate)),
      });
    }
    buckets.set(operation, { tokens: tokens - 1, at });
  };
}
