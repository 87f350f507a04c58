import * as z from 'zod';
import { connectAlarms } from '../adapters/alarms';
import { connectDeployedStack } from '../adapters/deployed-stack';
import { connectEcs } from '../adapters/ecs';
import { connectLogGroups } from '../adapters/log-groups';
import { connectSchedules } from '../adapters/schedules';
import { step } from '../shared/step';
import { compareStack } from './compare-stack';
import { readConfig } from './config';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = step('CompareStack', Input, (input) => {
  const { STACK_NAME: stackName } = readConfig(process.env);
  return compareStack(input, {
    deployed: connectDeployedStack(stackName),
    logGroups: connectLogGroups(stackName),
    alarms: connectAlarms(),
    schedules: connectSchedules(),
    ecs: connectEcs(),
    stackName,
  });
});
