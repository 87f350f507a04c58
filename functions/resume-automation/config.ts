import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const state = z.enum(['ENABLED', 'DISABLED']);
const shape = z.object({
  TESTER_RULE: z.string().min(1),
  TESTER_SCHEDULE: state,
  NIGHTLY_VERIFY_RULE: z.string().min(1),
  NIGHTLY_VERIFY: state,
  ALARMS: list,
});

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
