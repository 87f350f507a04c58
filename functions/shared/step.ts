import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import type * as z from 'zod';
import { parseInput } from './input';
import { logFailure } from './logger';

/**
 * The Lambda handler of a step: parses the input, runs the step, and logs errors. `name` is the state's name
 * (`TakeLock`). `input` is a schema: its errors become InvalidInput with the name and each field. A bundle that must
 * stay small passes a function that does the same without the schema library.
 */
export function step<Input, Result>(
  name: string,
  input: z.ZodType<Input> | ((event: unknown) => Input),
  run: (input: Input) => Result | Promise<Result>,
) {
  const read = typeof input === 'function' ? input : (event: unknown) => parseInput(name, input, event);
  return middy((event: unknown) => run(read(event))).use(errorLogger({ logger: logFailure }));
}
