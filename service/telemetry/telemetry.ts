/** Traces and logs by OTLP/HTTP: bounded queues, short time-outs, and never a request that waits for them. */
import { context, type Logger as OtlpLogger, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { TelemetryConfig } from '../config';
import { BatchQueue, logProcessor, spanProcessor } from './batch-queue';
import { instrument } from './instrumentation';
import type { Losses } from './losses';
import { logExporter, spanExporter } from './otlp-exporter';

export interface Telemetry {
  /** Undefined when logs are not exported. */
  readonly logs: OtlpLogger | undefined;
  /** Sends what is queued and closes; resolves, also when a backend does not answer. */
  close(): Promise<void>;
}

/** `task` is the ECS task's id, where there is one. Registers the global tracer provider, context and propagation, and instruments the libraries. Call once in a process. */
export function startTelemetry(config: TelemetryConfig, losses: Losses, task?: string): Telemetry {
  const resource = resourceFromAttributes({
    ...(task !== undefined && { [ATTR_SERVICE_INSTANCE_ID]: task }),
    ...config.resourceAttributes,
    [ATTR_SERVICE_NAME]: config.serviceName,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const traces = tracerProvider(resource, config, losses);
  trace.setGlobalTracerProvider(traces);
  instrument();
  const logs = loggerProvider(resource, config, losses);
  return {
    logs: logs?.getLogger(config.serviceName),
    async close() {
      await Promise.allSettled([traces.shutdown(), logs?.shutdown()]);
    },
  };
}

function tracerProvider(
  resource: Resource,
  { tracesEndpoint: url, tracesDelayMs }: TelemetryConfig,
  losses: Losses,
): TracerProvider {
  if (url === undefined) return new TracerProvider({ resource });
  const queue = new BatchQueue(spanExporter(url), losses.of('traces'), tracesDelayMs);
  return new TracerProvider({ resource, spanProcessors: [spanProcessor(queue)] });
}

function loggerProvider(
  resource: Resource,
  { logsEndpoint: url, logsDelayMs }: TelemetryConfig,
  losses: Losses,
): LoggerProvider | undefined {
  if (url === undefined) return undefined;
  const queue = new BatchQueue(logExporter(url), losses.of('logs'), logsDelayMs);
  return new LoggerProvider({ resource, processors: [logProcessor(queue)] });
}
