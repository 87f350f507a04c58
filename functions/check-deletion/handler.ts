import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectNetworkInterfaces } from '../adapters/network-interfaces';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { checkDeletion } from './check-deletion';
import { readConfig } from './config';

const Input = z.object({ deadline: z.coerce.date() });

export const handler = middy((event: unknown) => {
  const input = parseInput('CheckDeletion', Input, event);
  const { STACK_NAME: stackName, SECURITY_GROUP_IDS: securityGroupIds } = readConfig(process.env);
  return checkDeletion(input, {
    amg: connectAmg(),
    interfaces: connectNetworkInterfaces(),
    clock: systemClock,
    stackName,
    securityGroupIds,
  });
}).use(errorLogger({ logger: logFailure }));
