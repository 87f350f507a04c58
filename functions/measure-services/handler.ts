import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { measureServices } from './measure-services';

const Input = z.object({ names: z.array(z.string().min(1).max(100)).max(100) });

export const handler = step('MeasureServices', Input, (input) => {
  const { STACK_NAME: stackName, STAGE: stage } = readConfig(process.env);
  const amg = connectAmg();
  const session = grafanaSessions(amg, systemClock);
  return measureServices(input, { amg, session, clock: systemClock, stackName, stage });
});
