import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import type * as z from 'zod';
import { parseInput } from './input';
import { logFailure } from './logger';

/**
 * The Lambda handler of a step: reads its input, runs it, and logs what it throws. `name` is the function's name as states say it
 * (`TakeLock`). `input` is a schema, whose errors become InvalidInput with the name and each field; or, in a bundle that is to be
 * small, a function that does the same without the schema library.
 */
export function step<Input, Result>(
  name: string,
  input: z.ZodType<Input> | ((event: unknown) => Input),
  run: (input: Input) => Result | Promise<Result>,
) {
  const read = typeof input === 'function' ? input : (event: unknown) => parseInput(name, input, event);
  return middy((event: unknown) => run(read(event))).use(errorLogger({ logger: logFailure }));
}
