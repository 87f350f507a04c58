/** Exports traces and logs by OTLP/HTTP with bounded queues and short time-outs. No request waits for an export. */
import { logs, type Logger as OtlpLogger } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { TelemetryConfig } from '../config';
import { BatchQueue, logProcessor, spanProcessor } from './batch-queue';
import { instrumentations } from './instrumentation';
import type { Losses } from './losses';
import { logExporter, spanExporter } from './otlp-exporter';

export interface Telemetry {
  /** Undefined when logs are not exported. */
  readonly logs: OtlpLogger | undefined;
  /** Sends the queued records and closes. Resolves even if a backend does not answer. */
  close(): Promise<void>;
}

/**
 * Registers the global providers, context and propagation, and instruments the libraries. `task` is the ECS task id, if
 * any. Call once in a process.
 */
export function startTelemetry(config: TelemetryConfig, losses: Losses, task?: string): Telemetry {
  const { tracesEndpoint, tracesDelayMs, logsEndpoint, logsDelayMs } = config;
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      ...(task !== undefined && { [ATTR_SERVICE_INSTANCE_ID]: task }),
      ...config.resourceAttributes,
      [ATTR_SERVICE_NAME]: config.serviceName,
    }),
    // Without host and process attributes: the task id identifies the container.
    autoDetectResources: false,
    textMapPropagator: new W3CTraceContextPropagator(),
    instrumentations: instrumentations(),
    spanProcessors: [
      tracesEndpoint === undefined
        ? IDS_ONLY
        : spanProcessor(new BatchQueue(spanExporter(tracesEndpoint), losses.of('traces'), tracesDelayMs)),
    ],
    logRecordProcessors:
      logsEndpoint === undefined
        ? []
        : [logProcessor(new BatchQueue(logExporter(logsEndpoint), losses.of('logs'), logsDelayMs))],
    // Metrics are scraped (service/metrics).
    metricReaders: [],
  });
  sdk.start();
  return {
    logs: logsEndpoint === undefined ? undefined : logs.getLogger(config.serviceName),
    close: () => sdk.shutdown(),
  };
}

/** Without a backend spans are still made: their ids are logged and propagated. */
const IDS_ONLY: SpanProcessor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
