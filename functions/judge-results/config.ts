import * as z from 'zod';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ NOT_EVALUATED: z.enum(['fail', 'allow']) });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
