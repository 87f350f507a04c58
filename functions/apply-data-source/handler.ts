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
import { applyDataSource } from './apply-data-source';
import { readConfig } from './config';

const Input = z.object({ item: z.string(), access: accessShape, verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('ApplyDataSource', Input, event);
  const session = grafanaSessions(connectAmg(), systemClock);
  return applyDataSource(input, {
    session,
    content,
    values: contentValues(readConfig(process.env)),
    clock: systemClock,
  });
}).use(errorLogger({ logger: logFailure }));
