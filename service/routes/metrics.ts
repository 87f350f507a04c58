import type { ServerResponse } from 'node:http';
import type { Metrics } from '../metrics/metrics';

/** The exposition text, for the scraper beside the service. */
export async function sendMetrics(metrics: Metrics, res: ServerResponse): Promise<void> {
  const body = Buffer.from(await metrics.expose());
  res.writeHead(200, {
    'Content-Type': metrics.contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  res.end(body);
}
