import { z } from 'zod';

/** The part of Prometheus's configuration that the stack uses. Like Prometheus, it refuses unknown fields. */
const duration = z.string().regex(/^(\d+(ms|s|m|h|d))+$/);
const relabel = z.strictObject({
  source_labels: z.array(z.string()).default([]),
  separator: z.string().default(';'),
  regex: z.string().default('(.*)'),
  action: z.enum(['keep', 'drop']),
});

const targetRelabel = relabel.extend({
  action: z.enum(['keep', 'drop', 'replace']).default('replace'),
  replacement: z.string().default('$1'),
  target_label: z.string().optional(),
});
/** Discovery of the tasks of these clusters. */
const ecsDiscovery = z.strictObject({
  role: z.literal('ecs'),
  region: z.string(),
  // Prometheus 3.13.5 ends when a cluster is named otherwise.
  clusters: z.array(z.string().startsWith('arn:')).min(1),
  port: z.number(),
  refresh_interval: duration.default('60s'),
});

export const configSchema = z.strictObject({
  global: z
    .strictObject({
      scrape_interval: duration.default('1m'),
      scrape_timeout: duration.default('10s'),
      external_labels: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  scrape_configs: z
    .array(
      z.strictObject({
        job_name: z.string(),
        scrape_interval: duration.optional(),
        scrape_timeout: duration.optional(),
        /** 0: no limit. */
        sample_limit: z.number().int().min(0).default(0),
        metrics_path: z.string().default('/metrics'),
        static_configs: z
          .array(z.strictObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }))
          .default([]),
        aws_sd_configs: z.array(ecsDiscovery).default([]),
        relabel_configs: z.array(targetRelabel).default([]),
        metric_relabel_configs: z.array(relabel).default([]),
      }),
    )
    .default([]),
  remote_write: z
    .array(
      z.strictObject({
        url: z.url(),
        sigv4: z.strictObject({ region: z.string().optional() }).optional(),
        // The stand-in sends samples right after the scrape.
        queue_config: z.strictObject({ batch_send_deadline: duration.optional() }).optional(),
      }),
    )
    .default([]),
});

export type AgentConfig = z.output<typeof configSchema>;
export type EcsDiscovery = z.output<typeof ecsDiscovery>;
export type ScrapeConfig = AgentConfig['scrape_configs'][number];
