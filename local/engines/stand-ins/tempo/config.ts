import { z } from 'zod';

/** The part of Tempo's configuration that the stand-in uses. The rest only has to be YAML. */
export const configSchema = z.looseObject({
  server: z.looseObject({ http_listen_address: z.string().default(''), http_listen_port: z.number().default(3200) }),
  distributor: z.looseObject({
    receivers: z.looseObject({
      otlp: z.looseObject({ protocols: z.looseObject({ http: z.looseObject({ endpoint: z.string() }) }) }),
    }),
  }),
  query_frontend: z.looseObject({ query_end_cutoff: z.string().default('30s') }).prefault({}),
  metrics_generator: z
    .looseObject({
      registry: z
        .looseObject({
          collection_interval: z.string().default('15s'),
          external_labels: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      processor: z
        .looseObject({
          service_graphs: z
            .looseObject({
              wait: z.string().default('10s'),
              peer_attributes: z.array(z.string()).default(['peer.service', 'db.name', 'db.system']),
            })
            .prefault({}),
        })
        .prefault({}),
      storage: z
        .looseObject({
          remote_write: z
            .array(z.looseObject({ url: z.url(), sigv4: z.looseObject({ region: z.string().optional() }).optional() }))
            .default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  overrides: z
    .looseObject({
      defaults: z
        .looseObject({ metrics_generator: z.looseObject({ processors: z.array(z.string()).default([]) }).prefault({}) })
        .prefault({}),
    })
    .prefault({}),
});

export type TempoConfig = z.output<typeof configSchema>;
