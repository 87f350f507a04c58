import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

/** Answers every other method of a route with 405 and `Allow`. */
export function allowOnly(...methods: readonly string[]): RequestHandler {
  const allow = methods.join(', ');
  return () => {
    throw new Problem('method-not-allowed', `Allowed here: ${allow}.`, { headers: { Allow: allow } });
  };
}
