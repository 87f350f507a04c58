/** The context of one request, stored in `res.locals`. */
import type { SpanContext } from '@opentelemetry/api';
import type { Response } from 'express';
import type { Endpoint } from '../domain/endpoint';
import type { Lease } from '../memory/byte-budget';

export interface Exchange {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The request's span context; for an untraced request, generated ids for its log lines and error body. */
  readonly span: SpanContext;
  /** Aborts with the reason `deadline`, or `closed` when the caller goes away. */
  readonly signal: AbortSignal;
  /** The request's share of the byte budget; ended when the answer is sent. */
  readonly lease: Lease;
  /** Set when the request failed: the code of its problem document. */
  problem?: string;
}

export function setExchange(res: Response, exchange: Exchange): void {
  res.locals['exchange'] = exchange;
}

export function exchangeOf(res: Response): Exchange {
  return res.locals['exchange'] as Exchange;
}
