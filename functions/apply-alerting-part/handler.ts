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
import { applyAlertingPart } from './apply-alerting-part';
import { readConfig } from './config';

const Input = z.object({
  item: z.enum(['contact-point', 'rules', 'policy']),
  access: accessShape,
  verifyOnly: z.boolean(),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('ApplyAlertingPart', Input, event);
  const session = grafanaSessions(connectAmg(), systemClock);
  return applyAlertingPart(input, { session, content, values: contentValues(readConfig(process.env)) });
}).use(errorLogger({ logger: logFailure }));
