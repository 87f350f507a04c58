import type * as z from 'zod';
import { ConfigurationIncomplete } from '../domain/errors';

/** Reads a function's configuration from its environment; reports every missing or wrong variable at once. */
export function readEnvironment<T extends z.ZodType>(shape: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const parsed = shape.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
  throw new ConfigurationIncomplete(problems);
}
