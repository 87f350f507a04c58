import * as z from 'zod';
import { connectFunctionNetworks } from '../adapters/function-networks';
import { step } from '../shared/step';
import { attachTester } from './attach-tester';
import { readConfig } from './config';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = step('AttachTester', Input, (input) => {
  const config = readConfig(process.env);
  return attachTester(input, {
    networks: connectFunctionNetworks(),
    tester: config.TESTER_FUNCTION,
    wanted: { subnetIds: config.TESTER_SUBNET_IDS, securityGroupIds: config.TESTER_SECURITY_GROUP_IDS },
  });
});
