import { setTimeout as sleep } from 'node:timers/promises';
import type { Timeline } from '../../report';
import { errorName, problem } from '../problem';

export interface FollowOptions {
  /** Milliseconds between two reads of the history. */
  readonly intervalMs: number;
  /** How long to retry without an answer (ms). */
  readonly patienceMs: number;
  /** Called when an attempt failed that will be tried again. */
  readonly onLost: (error: unknown) => void;
}

/**
 * Yields the execution's timeline repeatedly until the execution has ended, the last time with its outcome. Throws a
 * Problem (exit code `lostSight`) when credentials have expired or nothing has answered for `patienceMs`. The execution
 * continues in both cases.
 */
export async function* follow(read: () => Promise<Timeline>, options: FollowOptions): AsyncGenerator<Timeline, void> {
  let answeredAt = Date.now();
  while (true) {
    try {
      const timeline = await read();
      answeredAt = Date.now();
      yield timeline;
      if (timeline.outcome !== 'running') return;
    } catch (error) {
      const reason = lostReason(error, Date.now() - answeredAt, options.patienceMs);
      if (reason) throw problem('LostSight', reason, { exit: 'lostSight', cause: error });
      if (!isTransient(error)) throw error;
      options.onLost(error);
    }
    await sleep(options.intervalMs);
  }
}

const expired = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'CredentialsProviderError',
  'TokenProviderError',
  'UnauthorizedSSOTokenError',
]);

const transient = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EPIPE',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENETDOWN',
  ],
  ...[
    'TimeoutError',
    'NetworkingError',
    'ThrottlingException',
    'TooManyRequestsException',
    'ServiceUnavailable',
    'InternalServerError',
    'InternalFailure',
  ],
]);

function isTransient(error: unknown): boolean {
  return transient.has(errorName(error)) || (error as { $retryable?: unknown }).$retryable !== undefined;
}

function lostReason(error: unknown, silentMs: number, patienceMs: number): string | undefined {
  if (expired.has(errorName(error)))
    return `Your AWS credentials have expired or are no longer valid (${errorName(error)}).`;
  if (isTransient(error) && silentMs >= patienceMs) {
    return `Nothing has answered for ${Math.round(silentMs / 1000)} s (${errorName(error)}).`;
  }
  return undefined;
}
