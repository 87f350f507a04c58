import type { Settings } from './deployed-stack';

/** A service of the cluster, as DescribeServices shows it. */
export interface EcsService {
  readonly name: string;
  readonly status: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** True if there is one deployment and it is completed. */
  readonly rollout: string;
  readonly deployments: number;
  readonly latestEvent: string | undefined;
}

export interface Ecs {
  describe(
    cluster: string,
    services: readonly string[],
  ): Promise<{ readonly services: readonly EcsService[]; readonly failures: readonly string[] }>;
  /** Sets how many tasks the service should run. */
  scale(cluster: string, service: string, desired: number): Promise<void>;
  /** The task definitions of active services, by ARN: `arn:…:service/<cluster>/<service>`. */
  settings(serviceArns: readonly string[]): Promise<Settings>;
  /** Why the newest stopped tasks of a service stopped. */
  stoppedReasons(cluster: string, service: string): Promise<readonly string[]>;
}
