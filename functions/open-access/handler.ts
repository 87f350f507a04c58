import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { step } from '../shared/step';
import { openAccess } from './open-access';

const Input = z.object({ workspaceId: z.string().min(1), verifyOnly: z.boolean() });

export const handler = step('OpenAccess', Input, (input) => openAccess(input, { amg: connectAmg() }));
