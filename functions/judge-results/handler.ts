import * as z from 'zod';
import { step } from '../shared/step';
import { readConfig } from './config';
import { judgeResults } from './judge-results';
import { resultsOf } from './results-of';

const Input = z.object({ state: z.record(z.string(), z.unknown()) });

export const handler = step('JudgeResults', Input, (input) =>
  judgeResults(resultsOf(input.state), { notEvaluated: readConfig(process.env).NOT_EVALUATED }),
);
