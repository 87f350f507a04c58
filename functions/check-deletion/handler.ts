import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectNetworkInterfaces } from '../adapters/network-interfaces';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { checkDeletion } from './check-deletion';
import { readConfig } from './config';

const Input = z.object({ deadline: z.coerce.date() });

export const handler = step('CheckDeletion', Input, (input) => {
  const { STACK_NAME: stackName, SECURITY_GROUP_IDS: securityGroupIds } = readConfig(process.env);
  return checkDeletion(input, {
    amg: connectAmg(),
    interfaces: connectNetworkInterfaces(),
    clock: systemClock,
    stackName,
    securityGroupIds,
  });
});
