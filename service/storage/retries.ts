/**
 * At most three attempts by the SDK's standard strategy: backoff with jitter, and a quota that stops retries during an
 * outage.
 */
import { isThrottlingError, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';
import type { RetryErrorType } from '@smithy/types';
import type { RefreshableCredentials } from './credentials';
import { S3Error } from './s3-answers';
import type { ServerClock } from './server-clock';

const MAX_ATTEMPTS = 3;
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired']);
const SKEWED = new Set([
  'RequestTimeTooSkewed',
  'RequestExpired',
  'RequestInTheFuture',
  'SignatureDoesNotMatch',
  'AccessDenied',
]);

export interface Retries {
  /** Safe for writes too: the same bytes go to the same key. */
  run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createRetries(credentials: RefreshableCredentials, clock: ServerClock): Retries {
  const strategy = new StandardRetryStrategy(MAX_ATTEMPTS);
  return {
    async run(attempt, signal) {
      let token = await strategy.acquireInitialRetryToken('s3');
      let renewed = false;
      for (;;) {
        try {
          const result = await attempt();
          strategy.recordSuccess(token);
          return result;
        } catch (error) {
          // S3 may reject credentials before their announced expiry: refresh them once.
          if (error instanceof Error && EXPIRED.has(error.name) && !renewed) {
            renewed = true;
            await credentials({ forceRefresh: true });
            continue;
          }
          const corrected = error instanceof S3Error && clock.learn(error.date) && SKEWED.has(error.name);
          const errorType = corrected ? 'TRANSIENT' : typeOf(error);
          if (errorType === 'CLIENT_ERROR' || signal.aborted) throw error;
          const next = await refreshed(strategy, token, errorType);
          if (next === undefined || signal.aborted) throw error;
          token = next;
        }
      }
    },
  };
}

type Token = Awaited<ReturnType<StandardRetryStrategy['acquireInitialRetryToken']>>;

/** Waits for the backoff; undefined when the attempts or the quota are used up. */
async function refreshed(
  strategy: StandardRetryStrategy,
  token: Token,
  errorType: RetryErrorType,
): Promise<Token | undefined> {
  try {
    return await strategy.refreshRetryTokenForRetry(token, { errorType });
  } catch {
    return undefined;
  }
}

function typeOf(error: unknown): RetryErrorType {
  if (!(error instanceof Error)) return 'CLIENT_ERROR';
  if (isThrottlingError(error as never)) return 'THROTTLING';
  return isTransientError(error as never) ? 'TRANSIENT' : 'CLIENT_ERROR';
}
