import { z } from 'zod';
import { cfnBoolean, cfnNumber, cfnTags, recorded } from '../cfn-values';
import { programOf } from './images';

const pairs = z.array(z.strictObject({ Name: z.string(), Value: z.coerce.string() })).default([]);

/** The container properties that this stack uses. Secrets are not supported. */
const containerDefinition = z.strictObject({
  Command: z.array(z.string()).default([]),
  Cpu: recorded,
  DependsOn: z
    .array(
      z.strictObject({ Condition: z.enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']), ContainerName: z.string() }),
    )
    .default([]),
  EntryPoint: z.array(z.string()).default([]),
  Environment: pairs,
  Essential: cfnBoolean.default(true),
  HealthCheck: z
    .strictObject({
      Command: z.array(z.string()).min(1),
      Interval: cfnNumber.default(30),
      Retries: cfnNumber.default(3),
      StartPeriod: cfnNumber.default(0),
      Timeout: cfnNumber.default(5),
    })
    .optional(),
  Image: z.string().refine((image) => programOf(image) !== undefined, {
    error: ({ input }) =>
      `the local cloud has no program for the image ${String(input)}; it has node, aws-cli, grafana/loki, grafana/tempo, prom/prometheus and aws-otel-collector`,
  }),
  LinuxParameters: recorded,
  LogConfiguration: z
    .strictObject({ LogDriver: z.literal('awslogs'), Options: z.record(z.string(), z.coerce.string()).default({}) })
    .optional(),
  Memory: recorded,
  MemoryReservation: recorded,
  MountPoints: z
    .array(z.strictObject({ ContainerPath: z.string(), ReadOnly: cfnBoolean.optional(), SourceVolume: z.string() }))
    .default([]),
  Name: z.string(),
  PortMappings: z
    .array(
      z.strictObject({
        AppProtocol: recorded,
        ContainerPort: cfnNumber,
        HostPort: cfnNumber.optional(),
        Name: recorded,
        Protocol: recorded,
      }),
    )
    .default([]),
  ReadonlyRootFilesystem: cfnBoolean.optional(),
  RestartPolicy: z
    .strictObject({
      Enabled: cfnBoolean,
      IgnoredExitCodes: z.array(cfnNumber).default([]),
      RestartAttemptPeriod: cfnNumber.pipe(z.number().min(60).max(1800)).default(300),
    })
    .optional(),
  StopTimeout: cfnNumber.pipe(z.number().max(120, 'Fargate gives 120 seconds at most')).default(30),
  Ulimits: recorded,
  User: z.string().optional(),
});

export const taskDefinitionProperties = z
  .strictObject({
    ContainerDefinitions: z.array(containerDefinition).min(1),
    Cpu: z.coerce.string(),
    EphemeralStorage: recorded,
    ExecutionRoleArn: z.string().optional(),
    Family: z.string(),
    Memory: z.coerce.string(),
    NetworkMode: z.literal('awsvpc'),
    RequiresCompatibilities: z.array(z.literal('FARGATE')).length(1),
    RuntimePlatform: recorded,
    Tags: cfnTags,
    TaskRoleArn: z.string().optional(),
    Volumes: z.array(z.strictObject({ Name: z.string() })).default([]),
  })
  .superRefine(checkReferences);

export type ContainerDefinition = z.output<typeof containerDefinition>;

/** One revision of a family. */
export interface TaskDefinition extends z.output<typeof taskDefinitionProperties> {
  readonly arn: string;
  readonly revision: number;
  readonly registeredAt: Date;
  status: 'ACTIVE' | 'INACTIVE';
}

/** The arguments of a health check `CMD node …`; undefined for any other, which is not run. */
export function runnableHealthCheck({ HealthCheck }: ContainerDefinition): readonly string[] | undefined {
  const [kind, program, ...rest] = HealthCheck?.Command ?? [];
  return kind === 'CMD' && program === 'node' ? rest : undefined;
}

type Definition = {
  readonly ContainerDefinitions: readonly ContainerDefinition[];
  readonly Volumes: readonly { readonly Name: string }[];
};

function checkReferences(definition: Definition, context: z.core.$RefinementCtx<Definition>): void {
  const names = definition.ContainerDefinitions.map(({ Name }) => Name);
  const volumes = definition.Volumes.map(({ Name }) => Name);
  const fault = (message: string) => context.addIssue({ code: 'custom', message, path: ['ContainerDefinitions'] });
  for (const container of definition.ContainerDefinitions) {
    for (const { Condition, ContainerName } of container.DependsOn) {
      const dependency = definition.ContainerDefinitions.find(({ Name }) => Name === ContainerName);
      if (dependency === undefined) fault(`${container.Name} depends on ${ContainerName}, which is not in the task`);
      else if (Condition === 'HEALTHY' && runnableHealthCheck(dependency) === undefined) {
        fault(
          `${container.Name} waits for ${ContainerName} to be HEALTHY, but its health check cannot be run on this machine`,
        );
      } else if ((Condition === 'SUCCESS' || Condition === 'COMPLETE') && dependency.Essential) {
        fault(`${ContainerName} is essential: ${container.Name} cannot depend on its ${Condition}`);
      }
    }
    for (const { SourceVolume } of container.MountPoints) {
      if (!volumes.includes(SourceVolume)) fault(`${container.Name} mounts the unknown volume ${SourceVolume}`);
    }
  }
  if (new Set(names).size < names.length) fault('two containers have the same name');
  if (!definition.ContainerDefinitions.some(({ Essential }) => Essential)) fault('a task needs an essential container');
}
