/** Load shedding: beyond the limits on requests and bytes in flight, an immediate 503 keeps admitted requests fast. */
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';
import type { ByteBudget } from '../memory/byte-budget';
import type { Metrics } from '../metrics/metrics';
import { exchangeOf } from './exchange';
import { QUIET } from './observe';

/** Probes and scrapes are always admitted: a service at its limit is healthy and must stay observable. */
export function admit(maxInFlight: number, budget: ByteBudget, metrics: Metrics): RequestHandler {
  let inFlight = 0;
  return (_req, res, next) => {
    if (QUIET.has(exchangeOf(res).endpoint)) return next();
    if (inFlight >= maxInFlight) {
      throw new Problem('too-busy', 'Too many requests are being served; try again in a second.', {
        headers: { 'Retry-After': '1' },
      });
    }
    if (budget.isFull) throw noMemoryLeft();
    inFlight += 1;
    metrics.inFlight(inFlight);
    res.once('close', () => {
      inFlight -= 1;
      metrics.inFlight(inFlight);
    });
    next();
  };
}

/** The answer 503 when a request's bytes do not fit in the byte budget. */
export function noMemoryLeft(headers: Readonly<Record<string, string>> = {}): Problem {
  return new Problem('too-busy', 'Too many bytes are being served; try again in a second.', {
    headers: { 'Retry-After': '1', ...headers },
  });
}
