import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { openAccess } from './open-access';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('OpenAccess', Input, event);
  return openAccess(input, { amg: connectAmg() });
}).use(errorLogger({ logger: logFailure }));
