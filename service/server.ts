/** The HTTP servers (API and metrics) with strict time-outs, and a graceful stop that loses no request. */
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ServiceConfig } from './config';
import { Problem, problemBody } from './domain/problem';
import { normalizeTarget } from './http/request-target';
import { newSpanContext } from './http/trace-ids';
import type { Metrics } from './metrics/metrics';
import { metricsOnly } from './routes/metrics';
import type { Logger } from './telemetry/logger';

export interface ServerDependencies {
  readonly config: Pick<ServiceConfig, 'host' | 'port' | 'metricsPort' | 'limits' | 'shutdown'>;
  /** The app, wrapped so that each request is a span. */
  readonly listener: http.RequestListener;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface Servers {
  readonly port: number;
  readonly metricsPort: number;
  /**
   * Takes requests for the configured delay, then no new ones; resolves when the rest are answered or their connections
   * closed.
   */
  stop(): Promise<void>;
}

/** Longer than an ALB's idle time-out (60 s), so that the ALB never reuses a connection that the service is closing. */
const KEEP_ALIVE_MS = 65_000;

/**
 * A connection may hold 16 KiB of headers before its request starts, so their number is limited. A load balancer opens
 * far fewer.
 */
const MAX_CONNECTIONS = 2048;
const MAX_SCRAPERS = 64;

/** Listens on both ports. Rejects with the system's error (EADDRINUSE, EACCES) when one is not available. */
export async function startServers({ config, listener, metrics, logger }: ServerDependencies): Promise<Servers> {
  const options: http.ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: config.limits.headersTimeoutMs,
    // A backstop: bodies and deadlines have their own timers, which answer with a problem document.
    requestTimeout: Math.max(
      config.limits.requestDeadlineMs + config.limits.bodyTimeoutMs,
      config.limits.headersTimeoutMs,
    ),
    connectionsCheckingInterval: Math.min(1000, config.limits.headersTimeoutMs),
    maxHeaderSize: 16 * 1024,
  };
  let stopping = false;
  const api = http.createServer(options, (req, res) => {
    // Makes clients open their next connection to another task.
    if (stopping) res.setHeader('Connection', 'close');
    normalizeTarget(req);
    listener(req, res);
  });
  api.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket as Socket, metrics, logger));
  const scrape = http.createServer(options, metricsOnly(metrics, config.limits.answerTimeoutMs));
  api.maxConnections = MAX_CONNECTIONS;
  scrape.maxConnections = MAX_SCRAPERS;
  await listen(api, config.port, config.host);
  await listen(scrape, config.metricsPort, config.host).catch((error: unknown) => {
    api.close();
    throw error;
  });
  return {
    port: (api.address() as AddressInfo).port,
    metricsPort: (scrape.address() as AddressInfo).port,
    async stop() {
      stopping = true;
      await new Promise((resolve) => setTimeout(resolve, config.shutdown.delayMs));
      await Promise.all([close(api, config.shutdown.drainMs), close(scrape, config.shutdown.drainMs)]);
    },
  };
}

function listen(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Node closes idle connections on close(); the others are closed after `withinMs`. */
function close(server: http.Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Answers, counts and logs what Node's HTTP parser rejects: it never reaches the request listener. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, metrics: Metrics, logger: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem = problemOfParser(error.code);
  const span = newSpanContext();
  metrics.request('other', 'unmatched', problem.status, 0);
  logger.info(
    'REQUEST_REFUSED',
    'request refused by the parser',
    { status: problem.status, reason: error.code, problem: problem.code },
    span,
  );
  const body = problemBody(problem, span.traceId);
  socket.end(
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function problemOfParser(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('headers-too-large', 'The request line and headers are larger than 16 KiB.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request-timeout', 'The request did not arrive in time.');
  return new Problem('malformed-request', 'This is not an HTTP request.');
}
