import * as z from 'zod';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ SERVICE_URL: z.url() });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
