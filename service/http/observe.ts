/** The outermost middleware: counts, times and logs each request once, and sets its deadline and lease. */
import type { RequestHandler } from 'express';
import type { Limits } from '../config';
import { type Endpoint, endpointOf, methodOf } from '../domain/endpoint';
import type { ByteBudget } from '../memory/byte-budget';
import type { Metrics } from '../metrics/metrics';
import type { Logger } from '../telemetry/logger';
import { startTimeOut } from '../time-out';
import { type Exchange, setExchange } from './exchange';
import { activeSpanContext, newSpanContext } from './trace-ids';

export interface Observers {
  readonly budget: ByteBudget;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Probes and scrapes: counted and timed, logged only at debug. */
export const QUIET: ReadonlySet<Endpoint> = new Set(['/health', '/ready', '/metrics']);

/** The status counted when the caller disconnects before its answer (nginx's convention). */
const CLIENT_CLOSED = 499;

export function observe({ budget, metrics, logger }: Observers, limits: Limits): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const controller = new AbortController();
    let span = activeSpanContext();
    const exchange: Exchange = {
      endpoint: endpointOf(req.path),
      method: methodOf(req.method),
      // Generated only when read: random bytes are a large part of a probe's cost.
      get span() {
        span ??= newSpanContext();
        return span;
      },
      signal: controller.signal,
      lease: budget.lease(),
    };
    setExchange(res, exchange);
    let timeOut = startTimeOut(limits.requestDeadlineMs, () => {
      controller.abort('deadline');
      // Frees the memory of an answer that the caller does not read.
      timeOut = startTimeOut(limits.answerTimeoutMs, () => res.destroy());
    });
    res.once('close', () => {
      timeOut.clear();
      if (!res.writableFinished) controller.abort('closed');
      exchange.lease.end();
      const status = res.headersSent ? res.statusCode : CLIENT_CLOSED;
      const milliseconds = performance.now() - started;
      metrics.request(exchange.method, exchange.endpoint, status, milliseconds / 1000);
      const level = status >= 500 ? 'error' : QUIET.has(exchange.endpoint) ? 'debug' : 'info';
      if (!logger.isLevelEnabled(level)) return;
      logger[level](
        status === CLIENT_CLOSED ? 'REQUEST_ABORTED' : 'REQUEST_COMPLETED',
        status === CLIENT_CLOSED ? 'request aborted by the caller' : 'request completed',
        {
          method: exchange.method,
          endpoint: exchange.endpoint,
          status,
          duration_ms: Math.round(milliseconds * 1000) / 1000,
          problem: exchange.problem,
        },
        exchange.span,
      );
    });
    next();
  };
}
