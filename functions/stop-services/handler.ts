import * as z from 'zod';
import { connectEcs } from '../adapters/ecs';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { stopServices } from './stop-services';

const Input = z.object({ since: z.coerce.date() });

export const handler = step('StopServices', Input, (input) => {
  const { CLUSTER: cluster, SERVICES: services } = readConfig(process.env);
  return stopServices(input, { ecs: connectEcs(), clock: systemClock, cluster, services });
});
