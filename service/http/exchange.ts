/** What one request and its answer have with them on their way through the service. */
import type { SpanContext } from '@opentelemetry/api';
import type { Response } from 'express';
import type { Endpoint } from '../domain/endpoint';
import type { Lease } from '../memory/byte-budget';

export interface Exchange {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The request's own trace, or ids made for its log lines and error body where it is not traced. */
  readonly span: SpanContext;
  /** Aborts with the reason `deadline`, or `closed` when the caller goes away. */
  readonly signal: AbortSignal;
  /** What the process holds for this request; ends with its answer. */
  readonly lease: Lease;
  /** Set when the request failed: the code of the problem that was answered. */
  problem?: string;
}

export function setExchange(res: Response, exchange: Exchange): void {
  res.locals['exchange'] = exchange;
}

export function exchangeOf(res: Response): Exchange {
  return res.locals['exchange'] as Exchange;
}
