import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { configureWorkspace } from './configure-workspace';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = step('ConfigureWorkspace', Input, (input) =>
  configureWorkspace(input, { amg: connectAmg(), clock: systemClock, config: readConfig(process.env) }),
);
