import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { step } from '../shared/step';
import { readConfig } from './config';
import { startServices } from './start-services';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = step('StartServices', Input, (input) =>
  startServices(input, { ecs: connectEcs(), ...readConfig(process.env) }),
);
