import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { readLogin } from '../shared/login-config';
import { step } from '../shared/step';
import { checkLogin } from './check-login';

const Input = z.object({ workspaceId: z.string().min(1), deadline: z.coerce.date(), verifyOnly: z.boolean() });

export const handler = step('CheckLogin', Input, (input) =>
  checkLogin(input, { amg: connectAmg(), clock: systemClock, login: readLogin(process.env) }),
);
