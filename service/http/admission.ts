/** The cap on requests in flight: beyond it an immediate 503 keeps those that were let in fast. */
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';
import type { Metrics } from '../metrics/metrics';
import { exchangeOf } from './exchange';
import { QUIET } from './observe';

/** Probes and scrapes are let in always: a service at its limit is alive, and must be seen. */
export function admit(maxInFlight: number, metrics: Metrics): RequestHandler {
  let inFlight = 0;
  return (_req, res, next) => {
    if (QUIET.has(exchangeOf(res).endpoint)) return next();
    if (inFlight >= maxInFlight) {
      throw new Problem('too-busy', 'Too many requests are being served; try again in a second.', {
        headers: { 'Retry-After': '1' },
      });
    }
    inFlight += 1;
    metrics.inFlight(inFlight);
    res.once('close', () => {
      inFlight -= 1;
      metrics.inFlight(inFlight);
    });
    next();
  };
}
