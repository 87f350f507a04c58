import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { readLogin } from '../shared/login-config';
import { step } from '../shared/step';
import { configureLogin } from './configure-login';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = step('ConfigureLogin', Input, (input) =>
  configureLogin(input, { amg: connectAmg(), clock: systemClock, login: readLogin(process.env) }),
);
