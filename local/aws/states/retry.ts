import type { Retrier } from './asl';

/** Errors that no wildcard matches. A States.Runtime error ends the execution even if a retrier names it. */
const NOT_BY_WILDCARD: readonly string[] = ['States.DataLimitExceeded'];

/**
 * Whether an ErrorEquals list matches an error. States.ALL matches all but terminal errors; States.TaskFailed also
 * excludes States.Timeout.
 */
export function matchesError(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (NOT_BY_WILDCARD.includes(error)) return false;
  return (
    errorEquals.includes('States.ALL') || (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout')
  );
}

/** Counts the attempts of each retrier during one visit of a state. */
export class RetryPlan {
  private readonly used: number[];

  constructor(
    private readonly retriers: readonly Retrier[],
    private readonly random: () => number = Math.random,
  ) {
    this.used = retriers.map(() => 0);
  }

  /**
   * Milliseconds to wait before the next attempt, or undefined when this error is not retried or has no attempts left.
   */
  next(error: string): number | undefined {
    const index = this.retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, error));
    const retrier = this.retriers[index];
    const used = this.used[index] ?? 0;
    if (retrier === undefined || used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.used[index] = used + 1;
    const seconds = Math.min(
      (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used,
      retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
    );
    return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? this.random() : 1);
  }
}
