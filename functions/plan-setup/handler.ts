import * as z from 'zod';
import { content } from '../shared/content';
import { serviceShape } from '../shared/shapes';
import { step } from '../shared/step';
import { planSetup } from './plan-setup';

const Input = z.object({ services: z.array(serviceShape) });

export const handler = step('PlanSetup', Input, (input) => planSetup(input, { content }));
