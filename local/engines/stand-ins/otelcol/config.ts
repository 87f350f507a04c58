import { z } from 'zod';

const interval = z.string().regex(/^(\d+(ms|s|m|h))+$/);
const httpReceiver = z.strictObject({
  protocols: z.strictObject({ http: z.strictObject({ endpoint: z.string() }) }),
});
const httpExporter = z.strictObject({
  endpoint: z.url(),
  timeout: interval.default('30s'),
  sending_queue: z.looseObject({
    storage: z.literal('file_storage'),
    sizer: z.literal('items'),
    queue_size: z.number(),
    num_consumers: z.number(),
  }),
  retry_on_failure: z.strictObject({
    initial_interval: interval,
    max_interval: interval,
    max_elapsed_time: interval,
  }),
});

/** The gateway's configuration. What the stand-in does not use only has to be there; the Collector checks it. */
export const configSchema = z.strictObject({
  extensions: z.looseObject({
    health_check: z.strictObject({ endpoint: z.string() }),
    file_storage: z.looseObject({ directory: z.string() }),
    sigv4auth: z.strictObject({ region: z.string(), service: z.literal('aps') }),
  }),
  receivers: z.strictObject({ otlp: httpReceiver, 'otlp/metrics_out': httpReceiver }),
  processors: z.looseObject({}),
  exporters: z.strictObject({
    'otlp_http/tempo': httpExporter,
    'otlp_http/loki': httpExporter,
    'otlp_http/amp': httpExporter,
    prometheus_remote_write: z.looseObject({
      endpoint: z.url(),
      external_labels: z.record(z.string(), z.string()).default({}),
    }),
  }),
  service: z.looseObject({
    telemetry: z.looseObject({
      metrics: z.looseObject({
        readers: z.tuple([z.strictObject({ periodic: z.looseObject({ interval: z.number() }) })]),
      }),
    }),
  }),
});

export type ExporterConfig = z.output<typeof httpExporter>;
