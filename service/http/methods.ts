import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

/** Ends a route: any method that it does not have is answered 405 with those that it has. */
export function allowOnly(...methods: readonly string[]): RequestHandler {
  const allow = methods.join(', ');
  return () => {
    throw new Problem('method-not-allowed', `Allowed here: ${allow}.`, { headers: { Allow: allow } });
  };
}
