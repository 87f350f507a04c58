import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { content } from '../shared/content';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { planSetup } from './plan-setup';

const Input = z.object({});

export const handler = middy((event: unknown) => {
  const input = parseInput('PlanSetup', Input, event);
  return planSetup(input, { content });
}).use(errorLogger({ logger: logFailure }));
