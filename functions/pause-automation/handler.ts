import * as z from 'zod';
import { connectAlarms } from '../adapters/alarms';
import { connectSchedules } from '../adapters/schedules';
import { step } from '../shared/step';
import { readConfig } from './config';
import { pauseAutomation } from './pause-automation';

const Input = z.object({});

export const handler = step('PauseAutomation', Input, (input) => {
  const { RULES: rules, ALARMS: names } = readConfig(process.env);
  return pauseAutomation(input, { schedules: connectSchedules(), alarms: connectAlarms(), rules, names });
});
