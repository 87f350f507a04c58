import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { createWorkspace } from './create-workspace';

const Input = z.object({ execution: z.string().min(1), verifyOnly: z.boolean() });

export const handler = step('CreateWorkspace', Input, (input) =>
  createWorkspace(input, { amg: connectAmg(), clock: systemClock, config: readConfig(process.env) }),
);
