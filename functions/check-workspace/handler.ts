import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { checkWorkspace } from './check-workspace';

const Input = z.object({ workspaceId: z.string().min(1), deadline: z.coerce.date() });

export const handler = middy((event: unknown) => {
  const input = parseInput('CheckWorkspace', Input, event);
  return checkWorkspace(input, { amg: connectAmg(), clock: systemClock });
}).use(errorLogger({ logger: logFailure }));
