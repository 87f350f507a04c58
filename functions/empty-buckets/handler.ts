import * as z from 'zod';
import { connectBuckets } from '../adapters/buckets';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { emptyBuckets } from './empty-buckets';

const Input = z.object({ which: z.enum(['data', 'audit']) });

export const handler = step('EmptyBuckets', Input, (input) => {
  const config = readConfig(process.env);
  const names = input.which === 'audit' ? [config.AUDIT_BUCKET] : config.DATA_BUCKETS;
  return emptyBuckets({ names }, { buckets: connectBuckets(), clock: systemClock, keep: config.KEEP_DATA });
});
