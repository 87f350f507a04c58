import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAlarms } from '../adapters/alarms';
import { connectSchedules } from '../adapters/schedules';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { resumeAutomation } from './resume-automation';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('ResumeAutomation', Input, event);
  const config = readConfig(process.env);
  const rules = { [config.TESTER_RULE]: config.TESTER_SCHEDULE, [config.NIGHTLY_VERIFY_RULE]: config.NIGHTLY_VERIFY };
  return resumeAutomation(input, {
    schedules: connectSchedules(),
    alarms: connectAlarms(),
    rules,
    names: config.ALARMS,
  });
}).use(errorLogger({ logger: logFailure }));
