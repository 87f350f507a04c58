import * as z from 'zod';
import { content } from '../shared/content';
import { step } from '../shared/step';
import { planSetup } from './plan-setup';

const Input = z.object({});

export const handler = step('PlanSetup', Input, (input) => planSetup(input, { content }));
