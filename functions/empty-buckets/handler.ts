import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectBuckets } from '../adapters/buckets';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { emptyBuckets } from './empty-buckets';

const Input = z.object({ which: z.enum(['data', 'audit']) });

export const handler = middy((event: unknown) => {
  const input = parseInput('EmptyBuckets', Input, event);
  const config = readConfig(process.env);
  const names = input.which === 'audit' ? [config.AUDIT_BUCKET] : config.DATA_BUCKETS;
  return emptyBuckets({ names }, { buckets: connectBuckets(), clock: systemClock, keep: config.KEEP_DATA });
}).use(errorLogger({ logger: logFailure }));
