import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { stopServices } from './stop-services';

const Input = z.object({ since: z.coerce.date() });

export const handler = middy((event: unknown) => {
  const input = parseInput('StopServices', Input, event);
  const { CLUSTER: cluster, SERVICES: services } = readConfig(process.env);
  return stopServices(input, { ecs: connectEcs(), clock: systemClock, cluster, services });
}).use(errorLogger({ logger: logFailure }));
