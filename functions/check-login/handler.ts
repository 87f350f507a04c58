import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readLogin } from '../shared/login-config';
import { checkLogin } from './check-login';

const Input = z.object({ workspaceId: z.string().min(1), deadline: z.coerce.date(), verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('CheckLogin', Input, event);
  return checkLogin(input, { amg: connectAmg(), clock: systemClock, login: readLogin(process.env) });
}).use(errorLogger({ logger: logFailure }));
