import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { checkConfiguration } from './check-configuration';

const Input = z.object({
  workspaceId: z.string().min(1),
  serviceAccountId: z.string().min(1),
  deadline: z.coerce.date(),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('CheckConfiguration', Input, event);
  const amg = connectAmg();
  return checkConfiguration(input, { amg, clock: systemClock, session: grafanaSessions(amg, systemClock) });
}).use(errorLogger({ logger: logFailure }));
