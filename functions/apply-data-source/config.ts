import * as z from 'zod';
import { contentEnvironment } from '../shared/content-values';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ ...contentEnvironment, AUDIT_BUCKET: z.string().min(1) });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
