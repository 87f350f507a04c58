import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { deleteWorkspace } from './delete-workspace';

const Input = z.object({});

export const handler = step('DeleteWorkspace', Input, (input) =>
  deleteWorkspace(input, {
    amg: connectAmg(),
    clock: systemClock,
    stackName: readConfig(process.env).STACK_NAME,
  }),
);
