import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { judgeResults } from './judge-results';
import { resultsOf } from './results-of';

const Input = z.object({ state: z.record(z.string(), z.unknown()) });

export const handler = middy((event: unknown) => {
  const input = parseInput('JudgeResults', Input, event);
  return judgeResults(resultsOf(input.state), { notEvaluated: readConfig(process.env).NOT_EVALUATED });
}).use(errorLogger({ logger: logFailure }));
