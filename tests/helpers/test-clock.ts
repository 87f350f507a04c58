import type { Clock } from '../../functions/domain/clock';

/** A clock that `sleep` advances at once. `slept` lists the milliseconds of each sleep. */
export function testClock(start = '2026-11-23T12:00:00.000Z'): Clock & { readonly slept: number[] } {
  let now = new Date(start).getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}
