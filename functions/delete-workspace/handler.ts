import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { deleteWorkspace } from './delete-workspace';

const Input = z.object({});

export const handler = middy((event: unknown) => {
  const input = parseInput('DeleteWorkspace', Input, event);
  return deleteWorkspace(input, {
    amg: connectAmg(),
    clock: systemClock,
    stackName: readConfig(process.env).STACK_NAME,
  });
}).use(errorLogger({ logger: logFailure }));
