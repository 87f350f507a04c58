import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { installPlugins } from './install-plugins';

const Input = z.object({ access: accessShape, verifyOnly: z.boolean() });

export const handler = step('InstallPlugins', Input, (input) =>
  installPlugins(input, { session: grafanaSessions(connectAmg(), systemClock), content, clock: systemClock }),
);
