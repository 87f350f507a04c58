import { AwsError, type Kernel } from '../../kernel/contracts';
import type { EcsService } from './service';
import type { Task } from './task';
import type { TaskDefinition } from './task-definition';

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  settings: readonly { readonly Name: string; readonly Value: string }[];
  capacityProviders: readonly string[];
}

/** The account's clusters, services and task definitions. */
export class EcsStore {
  readonly clusters = new Map<string, Cluster>();
  readonly services = new Map<string, EcsService>();
  readonly definitions = new Map<string, TaskDefinition>();

  constructor(private readonly kernel: Kernel) {}

  arn(kind: string, rest: string): string {
    return `arn:${this.kernel.partition}:ecs:${this.kernel.region}:${this.kernel.accountId}:${kind}/${rest}`;
  }

  /** A cluster by name or ARN; without either the cluster `default`. Throws ClusterNotFoundException. */
  cluster(reference: unknown): Cluster {
    const name = typeof reference === 'string' ? (reference.split('/').at(-1) ?? '') : 'default';
    const cluster = this.clusters.get(this.arn('cluster', name));
    if (cluster === undefined) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return cluster;
  }

  serviceArn(cluster: Cluster, reference: string): string {
    return this.arn('service', `${cluster.name}/${reference.split('/').at(-1) ?? ''}`);
  }

  /** Throws ServiceNotFoundException, ServiceNotActiveException. */
  service(cluster: Cluster, reference: string): EcsService {
    const service = this.services.get(this.serviceArn(cluster, reference));
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    return service;
  }

  /** The service that a scalable target's ResourceId names: `service/<cluster>/<service>`. */
  scalableService(resourceId: string): EcsService | undefined {
    const [, cluster = '', name = ''] = resourceId.split('/');
    return this.services.get(this.arn('service', `${cluster}/${name}`));
  }

  servicesOf(cluster: Cluster): readonly EcsService[] {
    return [...this.services.values()].filter(({ clusterArn }) => clusterArn === cluster.arn);
  }

  /** Running and recently stopped tasks. */
  tasksOf(cluster: Cluster): readonly Task[] {
    return this.servicesOf(cluster).flatMap(({ liveTasks, stoppedTasks }) => [...liveTasks, ...stoppedTasks]);
  }

  /** By ARN, `family:revision` or `family` (its newest active revision). Throws ClientException. */
  definition(reference: string): TaskDefinition {
    const wanted = reference.split('/').at(-1) ?? '';
    const all = [...this.definitions.values()];
    const found = wanted.includes(':')
      ? all.find(({ arn }) => arn.endsWith(`/${wanted}`))
      : all.filter(({ Family, status }) => Family === wanted && status === 'ACTIVE').at(-1);
    if (found === undefined) throw new AwsError('ClientException', 'Unable to describe task definition.');
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([...this.services.values()].map((service) => service.drain(true)));
  }
}
