import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ STACK_NAME: z.string().min(1), SECURITY_GROUP_IDS: list, TESTER_SECURITY_GROUP_IDS: list });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
