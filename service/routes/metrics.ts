import type { RequestListener, ServerResponse } from 'node:http';
import { pathOf } from '../domain/endpoint';
import { normalizeTarget } from '../http/request-target';
import type { Metrics } from '../metrics/metrics';

/** The exposition text, for the scraper beside the service. */
export async function sendMetrics(metrics: Metrics, res: ServerResponse): Promise<void> {
  const body = await metrics.expose();
  res.writeHead(200, {
    'Content-Type': metrics.contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  res.end(body);
}

/** The metrics port: GET and HEAD of /metrics, whatever its query. Who has not taken the answer within `timeoutMs` is cut off. */
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

/** A body that nobody reads may follow. */
const CLOSE = { 'Content-Length': 0, Connection: 'close' };
