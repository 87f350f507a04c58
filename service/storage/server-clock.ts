/**
 * Corrects clock skew: after an answer whose `Date` is minutes off, the next attempt is signed with the server's time.
 */

export interface ServerClock {
  now(): Date;
  /** Adopts the `Date` of an answer if it differs too much; true when the clock was corrected. */
  learn(date: string | undefined): boolean;
}

/** Smaller differences are ignored (ms), as in the AWS SDK. */
const TOLERANCE_MS = 300_000;

export function createServerClock(local: () => number = Date.now): ServerClock {
  let offset = 0;
  return {
    now: () => new Date(local() + offset),
    learn(date) {
      const server = Date.parse(date ?? '');
      if (Number.isNaN(server) || Math.abs(server - local() - offset) < TOLERANCE_MS) return false;
      offset = server - local();
      return true;
    },
  };
}
