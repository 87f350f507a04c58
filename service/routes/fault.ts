/** The fault switch: real 5xx answers on demand, so that an alert can be seen to fire and to resolve. */
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

/** The header that asks for a fault on a data route: `x-fault: 503`, any status from 500 to 599. */
export const FAULT_HEADER = 'x-fault';

/** Mounted only where FAULT_SWITCH allows it; elsewhere the header means nothing. */
export function injectFault(): RequestHandler {
  return (req, _res, next) => {
    const asked = req.headers[FAULT_HEADER];
    if (asked === undefined) return next();
    if (typeof asked !== 'string' || !/^5\d\d$/.test(asked)) {
      throw new Problem('malformed-request', `${FAULT_HEADER} must be a status from 500 to 599.`);
    }
    throw new Problem('fault-injected', 'This fault was asked for by a header.', { status: Number(asked) });
  };
}
