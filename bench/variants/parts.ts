/**
 * The service with only the telemetry that BENCH_PARTS names. The cost of a part is the difference between two
 * variants.
 */
import http from 'node:http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { createApp } from '../../service/app';
import { readConfig } from '../../service/config';
import { createMetrics, type Metrics } from '../../service/metrics/metrics';
import { startServers } from '../../service/server';
import { createObjectStore } from '../../service/storage/object-store';
import { traceOutgoing } from '../../service/telemetry/client-span';
import { createLogger, type Logger } from '../../service/telemetry/logger';
import { createLosses } from '../../service/telemetry/losses';
import { traced } from '../../service/telemetry/server-span';
import { startTelemetry } from '../../service/telemetry/telemetry';

const parts = new Set((process.env['BENCH_PARTS'] ?? '').split(','));
const config = readConfig(process.env);
const nothing = () => undefined;
const noMetrics: Metrics = {
  request: nothing,
  operation: nothing,
  inFlight: nothing,
  bytesInFlight: nothing,
  dropped: nothing,
  contentType: 'text/plain',
  expose: async () => Buffer.alloc(0),
};
const noLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isLevelEnabled: () => false,
  flush: async () => true,
};

const metrics = parts.has('metrics') ? createMetrics() : noMetrics;
const { tracesEndpoint, logsEndpoint } = config.telemetry;
const telemetry =
  parts.has('traces') || parts.has('otlp-logs')
    ? startTelemetry(
        {
          ...config.telemetry,
          tracesEndpoint: parts.has('traces') ? tracesEndpoint : undefined,
          logsEndpoint: parts.has('otlp-logs') ? logsEndpoint : undefined,
        },
        createLosses(metrics),
      )
    : undefined;
if (parts.has('official-http')) patchHttp();
else if (parts.has('traces')) traceOutgoing();
const logger = parts.has('stdout')
  ? createLogger({ service: config.telemetry.serviceName, level: 'info', otlp: telemetry?.logs })
  : noLogger;
const store = createObjectStore({ ...config.storage, maxObjectBytes: config.limits.maxBodyBytes });
const app = createApp({ config, store, metrics, logger, isStopping: () => false });
const listener = parts.has('traces') && !parts.has('official-http') ? traced(app) : app;
void startServers({ config, listener, metrics, logger }).then(() => process.on('SIGTERM', () => process.exit(0)));

/** The official HTTP instrumentation, client and server, in its usual setup, for comparison with the service's own. */
function patchHttp(): void {
  const instrumentation = new HttpInstrumentation({
    enabled: false,
    ignoreIncomingRequestHook: ({ url }) => url === '/health',
  });
  const patch = instrumentation.getModuleDefinitions().find(({ name }) => name === 'http')?.patch;
  if (patch === undefined) throw new Error('The HTTP instrumentation no longer patches http.');
  patch(http);
}
