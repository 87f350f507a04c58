import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds) => {
    await delay(milliseconds);
  },
};
