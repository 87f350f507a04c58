import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ CLUSTER: z.string().min(1), SERVICES: list });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
