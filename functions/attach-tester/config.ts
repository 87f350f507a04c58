import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  TESTER_FUNCTION: z.string().min(1),
  TESTER_SUBNET_IDS: list,
  TESTER_SECURITY_GROUP_IDS: list,
});

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
