import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readLogin } from '../shared/login-config';
import { configureLogin } from './configure-login';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('ConfigureLogin', Input, event);
  return configureLogin(input, { amg: connectAmg(), clock: systemClock, login: readLogin(process.env) });
}).use(errorLogger({ logger: logFailure }));
