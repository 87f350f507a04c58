import { type ConditionalTemplate, resolveConditions } from '../../packaging/resolve-conditions';

/** What the configured stack needs: its share of the account's quotas, and container images. */
export interface Needs {
  /** vCPU of the minimum number of tasks, which a deploy waits for. */
  readonly vcpuAtStart: number;
  /** vCPU of all tasks when every service is scaled out. */
  readonly vcpuAtMost: number;
  readonly elasticIps: number;
  readonly images: readonly NeededImage[];
}

export interface NeededImage {
  readonly image: string;
  /** As image registries name it: `arm64` or `amd64`. */
  readonly architecture: string;
}

type Properties = Readonly<Record<string, unknown>>;
interface Resource {
  readonly Type?: string;
  readonly Properties?: Properties;
}
type Resources = Readonly<Record<string, Resource>>;

/**
 * Reads the stack's resources as the configuration declares them, with its parameters in place. `template` stays as it
 * is.
 */
export function needsOf(template: ConditionalTemplate): Needs {
  const resolved = structuredClone(template);
  resolveConditions(resolved);
  const resources = resolved.Resources as Resources;
  const definitions = ofType(resources, 'AWS::ECS::TaskDefinition');
  const services = ofType(resources, 'AWS::ECS::Service').map(([id, { TaskDefinition, DesiredCount }]) => {
    const definition = definitions.find(([name]) => name === reference(TaskDefinition));
    const { least, most } = taskCount(resources, id, DesiredCount);
    return { vcpu: number(definition?.[1]['Cpu'], 0) / 1024, least, most };
  });
  return {
    vcpuAtStart: services.reduce((sum, { vcpu, least }) => sum + vcpu * least, 0),
    vcpuAtMost: services.reduce((sum, { vcpu, most }) => sum + vcpu * most, 0),
    elasticIps: ofType(resources, 'AWS::EC2::EIP').length,
    images: unique(definitions.flatMap(([, properties]) => imagesOf(properties))),
  };
}

/** A scalable target's bounds where the service has one; else its fixed number. */
function taskCount(resources: Resources, serviceId: string, desired: unknown): { least: number; most: number } {
  const target = ofType(resources, 'AWS::ApplicationAutoScaling::ScalableTarget').find(([, { ResourceId }]) =>
    new RegExp(`\\b${serviceId}\\b`).test(JSON.stringify(ResourceId)),
  );
  const fixed = number(desired, 1);
  if (!target) return { least: fixed, most: fixed };
  return { least: number(target[1]['MinCapacity'], fixed), most: number(target[1]['MaxCapacity'], fixed) };
}

function imagesOf({ ContainerDefinitions, RuntimePlatform }: Properties): readonly NeededImage[] {
  const { CpuArchitecture } = (RuntimePlatform ?? {}) as { readonly CpuArchitecture?: unknown };
  const architecture = CpuArchitecture === 'ARM64' ? 'arm64' : 'amd64';
  const containers = Array.isArray(ContainerDefinitions) ? (ContainerDefinitions as readonly Properties[]) : [];
  return containers.flatMap(({ Image }) => (typeof Image === 'string' ? [{ image: Image, architecture }] : []));
}

function unique(images: readonly NeededImage[]): readonly NeededImage[] {
  return images.filter(
    ({ image, architecture }, index) =>
      images.findIndex((other) => other.image === image && other.architecture === architecture) === index,
  );
}

function ofType(resources: Resources, type: string): readonly (readonly [id: string, Properties])[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) =>
    Type === type ? [[id, Properties]] : [],
  );
}

function reference(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'Ref' in value ? String(value.Ref) : undefined;
}

function number(value: unknown, otherwise: number): number {
  const read = Number(value);
  return value === undefined || Number.isNaN(read) ? otherwise : read;
}
