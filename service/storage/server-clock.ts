/** The time that S3 has: a request that is signed by a clock five minutes off is still right by the next attempt. */

export interface ServerClock {
  now(): Date;
  /** Learns from the `Date` of an answer; true when the clock was off and is not any more. */
  learn(date: string | undefined): boolean;
}

/** Smaller differences are the network's (ms); the AWS SDK has the same bound. */
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
