import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { contentValues } from '../shared/content-values';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { accessShape } from '../shared/shapes';
import { applyDashboard } from './apply-dashboard';
import { readConfig } from './config';

const Input = z.object({
  item: z.object({ uids: z.array(z.string()), prune: z.boolean() }),
  access: accessShape,
  verifyOnly: z.boolean(),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('ApplyDashboard', Input, event);
  const session = grafanaSessions(connectAmg(), systemClock);
  return applyDashboard(input, { session, content, values: contentValues(readConfig(process.env)) });
}).use(errorLogger({ logger: logFailure }));
