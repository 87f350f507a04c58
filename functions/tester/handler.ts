import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { testService } from './tester';

const Input = z.object({
  run: z.string().min(1).optional(),
  provoke: z.number().int().min(1).max(100).optional(),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('Tester', Input, event);
  const deps = { serviceUrl: readConfig(process.env).SERVICE_URL, now: () => new Date(), timeout: 8_000 };
  return testService({ run: input.run ?? randomUUID(), provoke: input.provoke }, deps);
}).use(errorLogger({ logger: logFailure }));
