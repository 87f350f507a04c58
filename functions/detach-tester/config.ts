import * as z from 'zod';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ TESTER_FUNCTION: z.string().min(1) });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
