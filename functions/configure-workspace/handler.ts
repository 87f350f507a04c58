import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { configureWorkspace } from './configure-workspace';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('ConfigureWorkspace', Input, event);
  return configureWorkspace(input, { amg: connectAmg(), clock: systemClock, config: readConfig(process.env) });
}).use(errorLogger({ logger: logFailure }));
