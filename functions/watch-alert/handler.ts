import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { drillOf } from '../domain/content';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { watchAlert } from './watch-alert';

const Input = z.object({
  access: accessShape,
  watched: z.object({ phase: z.enum(['provoked', 'firing', 'sent']), since: z.string(), sentAt: z.string() }),
});

export const handler = step('WatchAlert', Input, (input) => {
  const session = grafanaSessions(connectAmg(), systemClock);
  return watchAlert(input, { session, clock: systemClock, drill: drillOf(content) });
});
