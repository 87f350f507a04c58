import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { accessShape } from '../shared/shapes';
import { installPlugins } from './install-plugins';

const Input = z.object({ access: accessShape, verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('InstallPlugins', Input, event);
  return installPlugins(input, { session: grafanaSessions(connectAmg(), systemClock), content, clock: systemClock });
}).use(errorLogger({ logger: logFailure }));
