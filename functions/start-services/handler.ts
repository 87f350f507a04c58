import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { startServices } from './start-services';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('StartServices', Input, event);
  return startServices(input, { ecs: connectEcs(), ...readConfig(process.env) });
}).use(errorLogger({ logger: logFailure }));
