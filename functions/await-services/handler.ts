import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { awaitServices } from './await-services';
import { readConfig } from './config';

const Input = z.object({ since: z.coerce.date() });

export const handler = middy((event: unknown) => {
  const input = parseInput('AwaitServices', Input, event);
  const { CLUSTER: cluster, SERVICES: services } = readConfig(process.env);
  return awaitServices(input, { ecs: connectEcs(), clock: systemClock, cluster, services });
}).use(errorLogger({ logger: logFailure }));
