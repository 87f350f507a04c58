import type * as z from 'zod';
import { InvalidInput } from '../domain/errors';

/** Parses a state's payload. Code behind it relies on the types. */
export function parseInput<T extends z.ZodType>(state: string, shape: T, event: unknown): z.infer<T> {
  const parsed = shape.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    state,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`),
  );
}
