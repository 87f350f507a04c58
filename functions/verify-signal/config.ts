import * as z from 'zod';
import { readEnvironment } from '../shared/environment';

const shape = z.object({
  STAGE: z.string().min(1),
  AUDIT_BUCKET: z.string().min(1),
  ALERT_TOPIC_ARN: z.string().min(1),
  UNEXPLAINED_REQUESTS: z.enum(['allow', 'fail']),
  SCRAPE_INTERVAL: z.string().regex(/^\d+s$/, 'seconds, with the letter s'),
});

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
