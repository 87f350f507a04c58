import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  KEEP_DATA: z.enum(['true', 'false']).transform((keep) => keep === 'true'),
  AUDIT_BUCKET: z.string().min(1),
  DATA_BUCKETS: list,
});

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
