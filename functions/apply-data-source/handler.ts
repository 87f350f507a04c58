import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { contentValues } from '../shared/content-values';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { applyDataSource } from './apply-data-source';
import { readConfig } from './config';

const Input = z.object({ item: z.string(), access: accessShape, verifyOnly: z.boolean() });

export const handler = step('ApplyDataSource', Input, (input) => {
  const session = grafanaSessions(connectAmg(), systemClock);
  return applyDataSource(input, {
    session,
    content,
    values: contentValues(readConfig(process.env)),
    clock: systemClock,
  });
});
