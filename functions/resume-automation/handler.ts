import * as z from 'zod';
import { connectAlarms } from '../adapters/alarms';
import { connectSchedules } from '../adapters/schedules';
import { step } from '../shared/step';
import { readConfig } from './config';
import { resumeAutomation } from './resume-automation';

const Input = z.object({ verifyOnly: z.boolean() });

export const handler = step('ResumeAutomation', Input, (input) => {
  const config = readConfig(process.env);
  const rules = { [config.TESTER_RULE]: config.TESTER_SCHEDULE, [config.NIGHTLY_VERIFY_RULE]: config.NIGHTLY_VERIFY };
  return resumeAutomation(input, {
    schedules: connectSchedules(),
    alarms: connectAlarms(),
    rules,
    names: config.ALARMS,
  });
});
