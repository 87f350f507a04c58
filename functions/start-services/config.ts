import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

/** `COUNTS` has a number for each of `SERVICES`, in the same order. */
const shape = z
  .object({
    CLUSTER: z.string().min(1),
    SERVICES: list,
    COUNTS: list.transform((counts) => counts.map(Number)).pipe(z.array(z.number().int().min(1))),
  })
  .refine(({ SERVICES, COUNTS }) => SERVICES.length === COUNTS.length, {
    path: ['COUNTS'],
    message: 'one for each of SERVICES',
  })
  .transform(({ CLUSTER, SERVICES, COUNTS }) => ({
    cluster: CLUSTER,
    counts: Object.fromEntries(SERVICES.map((name, index) => [name, COUNTS[index] ?? 1])),
  }));

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
