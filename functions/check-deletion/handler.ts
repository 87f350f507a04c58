import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectNetworkInterfaces } from '../adapters/network-interfaces';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { checkDeletion } from './check-deletion';
import { readConfig } from './config';

const Input = z.object({ deadline: z.coerce.date(), detached: z.boolean() });

export const handler = step('CheckDeletion', Input, (input) => {
  const config = readConfig(process.env);
  return checkDeletion(input, {
    amg: connectAmg(),
    interfaces: connectNetworkInterfaces(),
    clock: systemClock,
    stackName: config.STACK_NAME,
    securityGroupIds: config.SECURITY_GROUP_IDS,
    testerSecurityGroupIds: config.TESTER_SECURITY_GROUP_IDS,
  });
});
