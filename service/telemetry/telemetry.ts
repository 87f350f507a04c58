/** Traces and logs by OTLP/HTTP: small queues, short time-outs, and never a request that waits for them. */
import { context, type Logger as OtlpLogger, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { TelemetryConfig } from '../config';
import { instrument } from './instrumentation';

export interface Telemetry {
  /** Undefined when logs are not exported. */
  readonly logs: OtlpLogger | undefined;
  /** Sends what is queued and closes; resolves, also when a backend does not answer. */
  close(): Promise<void>;
}

/** Registers the global tracer provider, context and propagation, and instruments the libraries. Call once in a process. */
export function startTelemetry(config: TelemetryConfig): Telemetry {
  const resource = resourceFromAttributes({ ...config.resourceAttributes, [ATTR_SERVICE_NAME]: config.serviceName });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const traces = new TracerProvider({
    resource,
    spanProcessors:
      config.tracesEndpoint === undefined
        ? []
        : [
            new BatchSpanProcessor({
              ...BATCH,
              exporter: new OTLPTraceExporter({ ...EXPORT, url: config.tracesEndpoint }),
            }),
          ],
  });
  trace.setGlobalTracerProvider(traces);
  instrument();
  const logs =
    config.logsEndpoint === undefined
      ? undefined
      : new LoggerProvider({
          resource,
          processors: [
            new BatchLogRecordProcessor({
              ...BATCH,
              exporter: new OTLPLogExporter({ ...EXPORT, url: config.logsEndpoint }),
            }),
          ],
        });
  return {
    logs: logs?.getLogger(config.serviceName),
    async close() {
      await Promise.allSettled([traces.shutdown(), logs?.shutdown()]);
    },
  };
}

/** At most 4,096 records wait in memory; what comes on top is dropped and counted. */
const BATCH = {
  maxQueueSize: 4096,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1000,
  exportTimeoutMillis: 5000,
} as const;
const EXPORT = { timeoutMillis: 4000, concurrencyLimit: 2 } as const;
