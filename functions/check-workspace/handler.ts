import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { checkWorkspace } from './check-workspace';

const Input = z.object({ workspaceId: z.string().min(1), deadline: z.coerce.date() });

export const handler = step('CheckWorkspace', Input, (input) =>
  checkWorkspace(input, { amg: connectAmg(), clock: systemClock }),
);
