import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { AwsError, type Kernel } from '../../kernel/contracts';
import { freePorts } from '../../kernel/free-ports';
import type { Target, TargetAddress, TargetGroup } from '../elb';
import type { AgentEndpoint } from './agent-endpoint';
import { Container } from './container';
import { openContainerLog } from './container-log';
import type { ContainerDefinition, TaskDefinition } from './task-definition';
import { addressOf, TaskForwarder, type TaskInterface } from './task-interface';

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED';
export type StopCode = 'TaskFailedToStart' | 'EssentialContainerExited' | 'UserInitiated' | 'ServiceSchedulerInitiated';

/** A target group in which a service wants a container registered. */
export interface DesiredTarget {
  readonly group: TargetGroup;
  readonly containerPort: number;
}

/** The subnets and security groups of a service's tasks. */
export interface TaskNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface TaskOptions {
  readonly clusterArn: string;
  readonly definition: TaskDefinition;
  readonly group: string;
  readonly startedBy: string;
  readonly targets: readonly DesiredTarget[];
  readonly network: TaskNetwork;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly onChange: (task: Task) => void;
}

interface RegisteredTarget {
  readonly group: TargetGroup;
  readonly address: TargetAddress;
  readonly target: Target;
}

/** One task. Starts its containers in dependency order and registers them with the target groups while it runs. */
export class Task {
  readonly id = randomBytes(16).toString('hex');
  readonly arn: string;
  readonly createdAt: Date;
  readonly directory: string;
  lastStatus: TaskStatus = 'PROVISIONING';
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING';
  startedAt: Date | undefined;
  stoppingAt: Date | undefined;
  stoppedAt: Date | undefined;
  stopCode: StopCode | undefined;
  stoppedReason: string | undefined;
  containers: readonly Container[] = [];
  ports: ReadonlyMap<number, number> = new Map();
  registered: readonly RegisteredTarget[] = [];
  readonly networkInterface: TaskInterface;
  private readonly forwarder = new TaskForwarder();
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly agent: AgentEndpoint,
    readonly options: TaskOptions,
  ) {
    this.createdAt = kernel.now();
    const cluster = options.clusterArn.split('/').at(-1) ?? '';
    this.arn = `arn:${kernel.partition}:ecs:${kernel.region}:${kernel.accountId}:task/${cluster}/${this.id}`;
    this.directory = path.join(kernel.directory, 'ecs', this.id);
    const { subnetIds, securityGroupIds } = options.network;
    // ECS spreads tasks over the subnets; which one it takes is not told before.
    const subnetId = subnetIds[Number.parseInt(this.id.slice(0, 2), 16) % subnetIds.length] ?? '';
    const id = `eni-${this.id.slice(0, 17)}`;
    this.networkInterface = { id, subnetId, securityGroupIds, address: addressOf(this.id) };
    kernel.closing.addEventListener('abort', () => this.forwarder.close(), { once: true });
  }

  get definition(): TaskDefinition {
    return this.options.definition;
  }

  /** Whether it is running and neither a target group nor a container reports it unhealthy. */
  get steady(): boolean {
    return (
      this.lastStatus === 'RUNNING' &&
      this.desiredStatus === 'RUNNING' &&
      this.registered.every(({ target }) => target.state === 'healthy') &&
      this.containers.every(({ health }) => health !== 'UNHEALTHY')
    );
  }

  async start(): Promise<void> {
    try {
      await this.prepare();
    } catch (error) {
      await this.stop(
        'TaskFailedToStart',
        error instanceof AwsError ? error.message : `ResourceInitializationError: ${String(error)}`,
      );
      return;
    }
    this.move('PENDING');
    this.advance();
  }

  /**
   * Deregisters its targets, waits for their requests in flight, then stops the containers. Repeated calls share one
   * stop.
   */
  stop(code: StopCode, reason: string, options: { readonly hurry?: boolean } = {}): Promise<void> {
    this.stopped ??= this.stopOnce(code, reason, options);
    return this.stopped;
  }

  /** Makes the task reachable at its interface's address; who asks for the address wants to call it. */
  async listen(): Promise<void> {
    if (this.lastStatus === 'RUNNING') await this.forwarder.open(this.networkInterface.address, this.ports);
  }

  private async prepare(): Promise<void> {
    const { ContainerDefinitions, TaskRoleArn, Volumes } = this.definition;
    if (TaskRoleArn !== undefined) this.agent.grant(this.id, TaskRoleArn);
    const containerPorts = ContainerDefinitions.flatMap(({ PortMappings }) =>
      PortMappings.map(({ ContainerPort }) => ContainerPort),
    );
    const free = await freePorts(containerPorts.length);
    this.ports = new Map(containerPorts.map((port, index) => [port, free[index] ?? 0]));
    for (const { Name } of Volumes) await mkdir(this.volume(Name), { recursive: true });
    await mkdir(this.directory, { recursive: true });
    this.containers = ContainerDefinitions.map((definition) => this.container(definition));
  }

  private container(definition: ContainerDefinition): Container {
    const log = openContainerLog(this.kernel, this.definition, definition, this.id);
    const { kernel } = this;
    const container: Container = new Container(definition, {
      directory: this.directory,
      surroundings: {
        ports: this.ports,
        mounts: definition.MountPoints.map(({ ContainerPath, SourceVolume }) => ({
          containerPath: ContainerPath.replace(/\/$/, ''),
          directory: this.volume(SourceVolume),
        })),
      },
      environment: {
        AWS_DEFAULT_REGION: kernel.region,
        AWS_ENDPOINT_URL: kernel.endpoint,
        AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
        AWS_REGION: kernel.region,
        ...this.agent.environment(this, () => container),
      },
      now: kernel.now,
      onLine: log,
      onChange: () => this.advance(),
    });
    return container;
  }

  private volume(name: string): string {
    return path.join(this.directory, 'volumes', name);
  }

  /** Starts the containers whose dependencies are met; stops the task when an essential container has ended. */
  private advance(): void {
    if (this.desiredStatus === 'STOPPED' || this.stopped !== undefined) return;
    const ended = this.containers.find(({ definition, status }) => status === 'STOPPED' && definition.Essential);
    if (ended !== undefined) {
      const code = ended.reason === undefined ? 'EssentialContainerExited' : 'TaskFailedToStart';
      void this.stop(code, ended.reason ?? 'Essential container in task exited');
      return;
    }
    for (const container of this.containers) {
      if (container.startRequested || this.starting.has(container)) continue;
      const verdict = this.dependencies(container);
      if (verdict === 'met') {
        this.starting.add(container);
        void container.start();
      } else if (verdict !== 'waiting') {
        void this.stop('TaskFailedToStart', verdict);
        return;
      }
    }
    const allStarted = this.containers.every(({ status }) => status !== 'PENDING');
    if (allStarted && this.lastStatus === 'PENDING') this.run();
    else this.options.onChange(this);
  }
  private readonly starting = new Set<Container>();

  private dependencies(container: Container): 'met' | 'waiting' | string {
    for (const { Condition, ContainerName } of container.definition.DependsOn) {
      const dependency = this.containers.find(({ definition }) => definition.Name === ContainerName);
      if (dependency === undefined) return `${ContainerName} is not in the task`;
      const { exitCode, health, status } = dependency;
      if (Condition === 'START' && status === 'PENDING') return 'waiting';
      if (Condition === 'HEALTHY' && health !== 'HEALTHY') return 'waiting';
      if (Condition === 'COMPLETE' && status !== 'STOPPED') return 'waiting';
      if (Condition === 'SUCCESS') {
        if (status !== 'STOPPED') return 'waiting';
        if (exitCode !== 0) {
          const how = dependency.reason ?? `exited with code ${exitCode}`;
          return `Task failed to start: ${ContainerName} ${how}, and ${container.definition.Name} depends on its success`;
        }
      }
    }
    return 'met';
  }

  private run(): void {
    this.startedAt = this.kernel.now();
    this.lastStatus = 'RUNNING';
    this.registered = this.options.targets.map(({ containerPort, group }) => {
      const ports = Object.fromEntries([...this.ports].map(([inner, outer]) => [String(inner), outer]));
      const address = { id: '127.0.0.1', port: this.ports.get(containerPort) ?? containerPort, ports };
      return { group, address, target: group.register(address) };
    });
    this.options.onChange(this);
  }

  private async stopOnce(
    code: StopCode,
    reason: string,
    { hurry = false }: { readonly hurry?: boolean },
  ): Promise<void> {
    this.desiredStatus = 'STOPPED';
    this.stopCode = code;
    this.stoppedReason = reason;
    this.stoppingAt = this.kernel.now();
    this.move('DEACTIVATING');
    const leaving = this.registered.map(({ address, group }) => group.deregister(address));
    if (!hurry) await Promise.all(leaving);
    this.move('STOPPING');
    await this.stopContainers(hurry ? 5 : undefined);
    this.agent.revoke(this.id);
    this.forwarder.close();
    // A Fargate task's storage ends with it (aws-facts: task-storage-ends).
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    this.stoppedAt = this.kernel.now();
    this.move('STOPPED');
  }

  /** Stops containers before those that they depend on, as the ECS agent does. */
  private async stopContainers(timeoutSeconds: number | undefined): Promise<void> {
    const left = new Set(this.containers);
    while (left.size > 0) {
      const needed = new Set(
        [...left].flatMap(({ definition }) => definition.DependsOn.map(({ ContainerName }) => ContainerName)),
      );
      const next = [...left].filter(({ definition }) => !needed.has(definition.Name));
      const batch = next.length > 0 ? next : [...left];
      await Promise.all(batch.map((container) => container.stop(timeoutSeconds)));
      for (const container of batch) left.delete(container);
    }
  }

  private move(status: TaskStatus): void {
    this.lastStatus = status;
    this.options.onChange(this);
  }
}
