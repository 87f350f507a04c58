// The OpenTelemetry SDK, set up by its environment variables alone: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and so on.
import { metrics, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

// The instance id makes the series of two sandboxes of this function two series.
const detectors = [serviceNameEnvDetector, serviceInstanceIdDetector, resourceAttributesEnvDetector];
const resource = defaultResource().merge(detectResources({ detectors }));

const tracing = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
const logging = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});
const metering = new MeterProvider({
  resource,
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
});
trace.setGlobalTracerProvider(tracing);
metrics.setGlobalMeterProvider(metering);

export const logger = logging.getLogger('orders');

/** Sends what is in memory. Lambda freezes the process when the handler has returned, so the handler waits for this. */
export async function flush(): Promise<void> {
  const sent = await Promise.allSettled([tracing.forceFlush(), logging.forceFlush(), metering.forceFlush()]);
  for (const each of sent) if (each.status === 'rejected') console.error(`telemetry was not sent: ${each.reason}`);
}
