import * as z from 'zod';

/** The name of the stack's own service, as its telemetry and services.yml have it. */
export const OWN_SERVICE = 'data-processor-service';

/** What a service runs on: it decides which page of docs/services/ a remedy names. */
export const KINDS = ['ecs', 'lambda', 'eks', 'other'] as const;
export const SIGNALS = ['metrics', 'traces', 'logs'] as const;

/** Names of the stack's own scrape jobs and of the tester. A service of the same name could not be distinguished. */
const RESERVED = ['data-processor', 'prometheus', 'loki', 'tempo', 'gateway', 'scraper', 'tester'];

/** A state of Step Functions holds 256 KiB (aws-facts: state-size), and the verdicts of a service take up to 5 KB. */
const MOST_SERVICES = 40;

/** A field's rule: an error says what the value must be. */
const must = (expected: string) => ({ error: `must be ${expected}` });

const text = (pattern: RegExp, expected: string) => z.string(must(expected)).regex(pattern, must(expected));
const whole = (minimum: number, maximum: number) => {
  const rule = must(`a whole number from ${minimum} to ${maximum}`);
  return z.int(rule).min(minimum, rule).max(maximum, rule);
};

/** ECS: up to 255 letters, digits, hyphens and underscores (aws-facts: ecs-names). */
const ecsName = (what: string) =>
  text(/^[A-Za-z0-9_-]{1,255}$/, `the name of an ECS ${what}: 1 to 255 letters, digits, hyphens and underscores`);

const ecs = z
  .strictObject(
    {
      cluster: ecsName('cluster').meta({ description: 'Name of the ECS cluster, not its ARN' }),
      service: ecsName('service').meta({ description: 'Name of the ECS service, not its ARN' }),
      port: whole(1, 65_535).meta({ description: 'Port that answers GET with the metrics in the Prometheus format' }),
      path: text(/^\/[!-~]{0,254}$/, 'a path that begins with /')
        .default('/metrics')
        .meta({ description: 'Path of the metrics' }),
    },
    must('a mapping with cluster, service, port and path'),
  )
  .meta({ description: 'Scraped: the tasks of this ECS service are discovered' });

const metricsRule = 'otlp, remote-write, or a mapping with the key ecs';

const service = z.strictObject(
  {
    name: text(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'the service.name of its telemetry: 1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first',
    )
      .refine((name) => !RESERVED.includes(name), {
        error: `must not be ${RESERVED.slice(0, -1).join(', ')} or ${RESERVED.at(-1)}: the stack uses that name itself. Change the service.name of its telemetry`,
      })
      .meta({ description: "OpenTelemetry's service.name, as its telemetry has it" }),
    kind: z
      .enum(KINDS, must(`one of ${KINDS.join(', ')}`))
      .optional()
      .meta({ description: 'What it runs on. Default: ecs if its metrics are scraped there, else other' }),
    metrics: z
      .union([z.enum(['otlp', 'remote-write']), z.strictObject({ ecs }, must(metricsRule))], must(metricsRule))
      .default('otlp')
      .meta({
        description:
          'How its metrics arrive: otlp (the service sends them), remote-write (an agent of yours writes them, with the label job), or scraped from ECS tasks',
      }),
    signals: z
      .array(z.enum(SIGNALS, must(`one of ${SIGNALS.join(', ')}`)), must(`a list of ${SIGNALS.join(', ')}`))
      .min(1, must(`a list of at least one of ${SIGNALS.join(', ')}`))
      .refine((signals) => new Set(signals).size === signals.length, { error: 'must have each signal once' })
      .default([...SIGNALS])
      .meta({ description: 'The signals that must be seen' }),
    interval: text(/^([1-9]|[1-9]\d|[12]\d\d|300)s$/, 'seconds from 1s to 300s, such as 15s')
      .optional()
      .meta({
        description:
          'Time between two samples of a metric: of the scraper (default 15s), or as the service sends them (default 60s). A sample older than three intervals counts as missing',
      }),
    probe: z
      .strictObject(
        {
          url: z
            .url({ protocol: /^https?$/, ...must('an http or https URL') })
            .refine((url) => url.length <= 500, must('at most 500 characters long'))
            .refine((url) => !hasCredentials(url), {
              error: 'must have no user name or password: they would be in logs',
            })
            .meta({ description: 'Called with GET and a traceparent, from inside the VPC' }),
          expect: whole(100, 599).default(200).meta({ description: 'The status of the answer' }),
        },
        must('a mapping with url and expect'),
      )
      .optional()
      .meta({ description: 'A request of the setup, whose trace and log line must be found' }),
    require: z
      .enum(['fail', 'warn'], must('fail or warn'))
      .default('fail')
      .meta({ description: 'Whether a service that is not proven fails the setup, or is only reported' }),
  },
  must('a mapping that begins with a name'),
);

/** The shape of services.yml. */
export const servicesShape = z
  .strictObject(
    {
      services: z
        .array(service, must('a list of services, each beginning with "- name:"'))
        .max(MOST_SERVICES, must(`a list of at most ${MOST_SERVICES} services`))
        .nullable()
        .meta({ description: 'The services that the stack observes and proves' }),
    },
    must('a mapping with the key services'),
  )
  .superRefine(({ services }, context) => {
    const entries = services ?? [];
    const refuse = (index: number, key: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['services', index, key], message });
    for (const [index, { name, metrics, probe }] of entries.entries()) {
      const first = entries.findIndex((other) => other.name === name);
      if (first < index) refuse(index, 'name', `must be another one: services[${first}] has it too`);
      if (name !== OWN_SERVICE) continue;
      if (metrics !== 'remote-write')
        refuse(index, 'metrics', "must be remote-write: the agent in the data processor's task writes its metrics");
      if (probe) refuse(index, 'probe', 'must be left out: the tester calls the data processor already');
    }
  });

export type ServiceEntry = z.output<typeof service>;

/** The JSON Schema that editors check services.yml with: params/services.schema.json. */
export function servicesJsonSchema(): object {
  return z.toJSONSchema(servicesShape, { io: 'input' });
}

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
