import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAlarms } from '../adapters/alarms';
import { connectSchedules } from '../adapters/schedules';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { pauseAutomation } from './pause-automation';

const Input = z.object({});

export const handler = middy((event: unknown) => {
  const input = parseInput('PauseAutomation', Input, event);
  const { RULES: rules, ALARMS: names } = readConfig(process.env);
  return pauseAutomation(input, { schedules: connectSchedules(), alarms: connectAlarms(), rules, names });
}).use(errorLogger({ logger: logFailure }));
