import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { awaitServices } from './await-services';
import { readConfig } from './config';

const Input = z.object({ since: z.coerce.date(), verifyOnly: z.boolean() });

export const handler = step('AwaitServices', Input, (input) => {
  const { CLUSTER: cluster, SERVICES: services } = readConfig(process.env);
  return awaitServices(input, { ecs: connectEcs(), clock: systemClock, cluster, services });
});
