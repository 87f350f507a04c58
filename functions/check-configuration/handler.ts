import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { checkConfiguration } from './check-configuration';

const Input = z.object({
  workspaceId: z.string().min(1),
  // Empty if a verification found none that it can use.
  serviceAccountId: z.string(),
  deadline: z.coerce.date(),
});

export const handler = step('CheckConfiguration', Input, (input) => {
  const amg = connectAmg();
  return checkConfiguration(input, { amg, clock: systemClock, session: grafanaSessions(amg, systemClock) });
});
