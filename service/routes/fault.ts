/** The fault switch: answers 5xx on demand, to test that alerts fire and resolve. */
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

/** The header that requests a fault on a data route, such as `x-fault: 503` (500 to 599). */
export const FAULT_HEADER = 'x-fault';

/** Mounted only with FAULT_SWITCH=enabled; otherwise the header is ignored. */
export function injectFault(): RequestHandler {
  return (req, _res, next) => {
    const asked = req.headers[FAULT_HEADER];
    if (asked === undefined) return next();
    if (typeof asked !== 'string' || !/^5\d\d$/.test(asked)) {
      throw new Problem('malformed-request', `${FAULT_HEADER} must be a status from 500 to 599.`);
    }
    throw new Problem('fault-injected', 'A request header asked for this fault.', { status: Number(asked) });
  };
}
