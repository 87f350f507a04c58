import { z } from 'zod';

/** The part of Loki's configuration that the stand-in uses. The rest only has to be YAML. */
export const configSchema = z.looseObject({
  server: z.looseObject({ http_listen_address: z.string().default(''), http_listen_port: z.number().default(3100) }),
  limits_config: z
    .looseObject({
      retention_period: z.string().default('0s'),
      otlp_config: z
        .looseObject({
          resource_attributes: z
            .looseObject({
              ignore_defaults: z.boolean().default(false),
              attributes_config: z
                .array(z.looseObject({ action: z.string(), attributes: z.array(z.string()).default([]) }))
                .default([]),
            })
            .prefault({}),
        })
        .prefault({}),
    })
    .prefault({}),
});

/**
 * Loki's default (distributor.otlp_config.default_resource_attributes_as_index_labels) without the Kubernetes
 * attributes.
 */
const defaults = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'container.name',
];

/** The resource attributes that become index labels. */
export function indexAttributes({ limits_config }: z.output<typeof configSchema>): ReadonlySet<string> {
  const { ignore_defaults, attributes_config } = limits_config.otlp_config.resource_attributes;
  const configured = attributes_config
    .filter(({ action }) => action === 'index_label')
    .flatMap((each) => each.attributes);
  return new Set([...(ignore_defaults ? [] : defaults), ...configured]);
}
