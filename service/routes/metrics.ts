import type { RequestListener, ServerResponse } from 'node:http';
import { pathOf } from '../domain/endpoint';
import { normalizeTarget } from '../http/request-target';
import type { Metrics } from '../metrics/metrics';

/** Sends the exposition text. */
export async function sendMetrics(metrics: Metrics, res: ServerResponse): Promise<void> {
  const body = await metrics.expose();
  res.writeHead(200, {
    'Content-Type': metrics.contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  res.end(body);
}

/**
 * The metrics port: GET and HEAD of /metrics, with any query. Closes the connection of a scraper that has not read the
 * answer in `timeoutMs`.
 */
export function metricsOnly(metrics: Metrics, timeoutMs: number): RequestListener {
  return (req, res) => {
    normalizeTarget(req);
    if (pathOf(req.url) !== '/metrics') {
      res.writeHead(404, CLOSE).end();
      return;
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { ...CLOSE, Allow: 'GET, HEAD' }).end();
      return;
    }
    const timer = setTimeout(() => res.destroy(), timeoutMs);
    res.once('close', () => clearTimeout(timer));
    sendMetrics(metrics, res).catch(() => res.destroy());
  };
}

/** The connection is closed because the request may have a body, which is not read. */
const CLOSE = { 'Content-Length': 0, Connection: 'close' };
