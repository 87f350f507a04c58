import { randomUUID } from 'node:crypto';
import type { Kernel } from '../../kernel/contracts';
import type { AgentEndpoint } from './agent-endpoint';
import { Deployment } from './deployment';
import { type DesiredTarget, Task, type TaskNetwork } from './task';
import type { TaskDefinition } from './task-definition';

export interface ServiceSettings {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly gracePeriodSeconds: number;
  readonly targets: readonly DesiredTarget[];
  readonly network: TaskNetwork;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: Date;
  readonly message: string;
}

/** DescribeServices returns the last 100 events. */
const EVENTS_KEPT = 100;
const STOPPED_TASKS_KEPT = 20;
const LONGEST_BACK_OFF = 15_000;

/**
 * Keeps the desired number of tasks of the newest deployment running, within the limits of the deployment
 * configuration.
 */
export class EcsService {
  readonly createdAt: Date;
  readonly events: ServiceEvent[] = [];
  /** The primary deployment is first. */
  deployments: Deployment[] = [];
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' = 'ACTIVE';
  readonly stoppedTasks: Task[] = [];
  private readonly tasks = new Map<Task, Deployment>();
  private lastCompleted: TaskDefinition | undefined;
  private readonly wasSteady = new Set<Task>();
  private failures = 0;
  private notBefore = 0;
  private timer: NodeJS.Timeout | undefined;
  private reconciling = false;

  constructor(
    private readonly kernel: Kernel,
    private readonly agent: AgentEndpoint,
    readonly arn: string,
    readonly name: string,
    readonly clusterArn: string,
    public settings: ServiceSettings,
    readonly tags: readonly { readonly Key: string; readonly Value: string }[],
    private readonly propagatesTags = false,
  ) {
    this.createdAt = kernel.now();
    kernel.closing.addEventListener('abort', () => clearTimeout(this.timer), { once: true });
    this.watchTargets();
  }

  get liveTasks(): readonly Task[] {
    return [...this.tasks.keys()];
  }

  tasksOf(deployment: Deployment): readonly Task[] {
    return [...this.tasks].filter(([, own]) => own === deployment).map(([task]) => task);
  }

  /** Starts a rollout that replaces the tasks of older deployments. */
  deploy(definition: TaskDefinition): Deployment {
    const deployment = new Deployment(definition, this.kernel.now);
    for (const older of this.deployments) if (older.rolloutState === 'IN_PROGRESS') older.supersede();
    this.deployments = [deployment, ...this.deployments];
    this.failures = 0;
    this.notBefore = 0;
    this.reconcile();
    return deployment;
  }

  scale(desiredCount: number): void {
    this.settings = { ...this.settings, desiredCount };
    this.reconcile();
  }

  configure(settings: ServiceSettings): void {
    this.settings = settings;
    this.watchTargets();
    this.reconcile();
  }

  /** Stops every task; resolves when all have stopped. */
  async drain(hurry: boolean): Promise<void> {
    this.status = 'DRAINING';
    clearTimeout(this.timer);
    this.settings = { ...this.settings, desiredCount: 0 };
    const reason = `Scaling activity initiated by (deployment ${this.deployments[0]?.id ?? ''})`;
    await Promise.all(this.liveTasks.map((task) => task.stop('ServiceSchedulerInitiated', reason, { hurry })));
    this.status = 'INACTIVE';
  }

  private watchTargets(): void {
    for (const { group } of this.settings.targets) {
      if (this.watched.has(group)) continue;
      this.watched.add(group);
      group.onChange((target) => {
        const task = this.liveTasks.find(({ registered }) => registered.some((own) => own.target === target));
        if (task !== undefined) this.onTaskChange(task);
      });
    }
  }
  private readonly watched = new Set<DesiredTarget['group']>();

  /**
   * Compares the actual tasks with the desired ones and starts or stops tasks. Runs after every change of a task or
   * target.
   */
  private reconcile(): void {
    if (this.reconciling || this.status !== 'ACTIVE' || this.kernel.closing.aborted) return;
    this.reconciling = true;
    try {
      this.settleDeployment();
      this.replaceTasks();
      this.settleDeployment();
    } finally {
      this.reconciling = false;
    }
  }

  private replaceTasks(): void {
    const primary = this.deployments[0];
    if (primary === undefined) return;
    const { desiredCount, maximumPercent, minimumHealthyPercent } = this.settings;
    const most = Math.floor((desiredCount * maximumPercent) / 100);
    const least = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
    const wanted = (task: Task) => task.desiredStatus === 'RUNNING';
    const own = this.tasksOf(primary).filter(wanted);
    const others = this.liveTasks.filter((task) => wanted(task) && this.tasks.get(task) !== primary);

    for (const task of own.slice(desiredCount)) this.stopTask(task, primary);
    let healthy = this.liveTasks.filter(({ steady }) => steady).length;
    for (const task of others) {
      if (task.steady && healthy - 1 < least) continue;
      if (task.steady) healthy -= 1;
      this.stopTask(task, primary);
    }
    const missing = desiredCount - own.length;
    const room = Math.max(most, desiredCount === 0 ? 0 : 1) - this.liveTasks.length;
    if (primary.rolloutState === 'FAILED' || missing <= 0 || room <= 0) return;
    if (this.kernel.now().getTime() < this.notBefore) this.reconcileAt(this.notBefore);
    else this.startTasks(primary, Math.min(missing, room));
  }

  private startTasks(deployment: Deployment, count: number): void {
    const started = Array.from({ length: count }, () => {
      const task = new Task(this.kernel, this.agent, {
        clusterArn: this.clusterArn,
        definition: deployment.definition,
        group: `service:${this.name}`,
        startedBy: deployment.id,
        targets: this.settings.targets,
        network: this.settings.network,
        tags: this.propagatesTags ? this.tags : [],
        onChange: (changed) => this.onTaskChange(changed),
      });
      this.tasks.set(task, deployment);
      void task.start();
      return task;
    });
    this.note(`has started ${count} tasks: ${started.map(({ id }) => `(task ${id})`).join(' ')}.`);
  }

  private stopTask(task: Task, deployment: Deployment): void {
    this.note(`has stopped 1 running tasks: (task ${task.id}).`);
    void task.stop('ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${deployment.id})`);
  }

  private onTaskChange(task: Task): void {
    const deployment = this.tasks.get(task);
    if (deployment === undefined) return;
    if (task.steady && !this.wasSteady.has(task)) {
      this.wasSteady.add(task);
      this.failures = 0;
      for (const { group } of task.registered) this.note(`registered 1 targets in (target-group ${group.arn})`);
    }
    this.stopWhenUnhealthy(task);
    if (task.lastStatus === 'STOPPED') this.onTaskStopped(task, deployment);
    this.reconcile();
  }

  /** A task whose target or container is unhealthy after the grace period is replaced. */
  private stopWhenUnhealthy(task: Task): void {
    if (task.desiredStatus === 'STOPPED') return;
    const sick = task.registered.find(({ target }) => target.state === 'unhealthy');
    const container = task.containers.find(({ definition, health }) => definition.Essential && health === 'UNHEALTHY');
    if (container !== undefined) {
      void task.stop('ServiceSchedulerInitiated', 'Task failed container health checks');
      return;
    }
    if (sick === undefined) return;
    const graceEnds = (task.startedAt?.getTime() ?? 0) + this.settings.gracePeriodSeconds * 1000;
    if (this.kernel.now().getTime() < graceEnds && !this.wasSteady.has(task)) {
      this.reconcileAt(graceEnds, () => this.onTaskChange(task));
      return;
    }
    const { address, group, target } = sick;
    this.note(
      `(port ${address.port}) is unhealthy in (target-group ${group.arn}) due to (reason ${target.description})`,
    );
    void task.stop('ServiceSchedulerInitiated', `Task failed ELB health checks in (target-group ${group.arn})`);
  }

  private onTaskStopped(task: Task, deployment: Deployment): void {
    this.tasks.delete(task);
    this.stoppedTasks.unshift(task);
    this.stoppedTasks.length = Math.min(this.stoppedTasks.length, STOPPED_TASKS_KEPT);
    const asked = task.stoppedReason?.startsWith('Scaling activity') === true || task.stopCode === 'UserInitiated';
    if (asked || this.status !== 'ACTIVE') return;
    deployment.lastFailure = describeFailure(task);
    this.failures += 1;
    this.notBefore = this.kernel.now().getTime() + Math.min(250 * 2 ** (this.failures - 1), LONGEST_BACK_OFF);
    if (this.wasSteady.has(task)) return;
    deployment.failedTasks += 1;
    deployment.updatedAt = this.kernel.now();
    this.breakCircuit(deployment);
  }

  /** The circuit breaker's threshold: half the desired count, at least 3 and at most 200 failed tasks. */
  private breakCircuit(deployment: Deployment): void {
    const { circuitBreaker, desiredCount } = this.settings;
    const threshold = Math.min(Math.max(Math.ceil(desiredCount / 2), 3), 200);
    if (deployment.rolloutState !== 'IN_PROGRESS' || deployment !== this.deployments[0]) return;
    if (deployment.failedTasks < threshold) {
      this.note(`(deployment ${deployment.id}) task failed: ${deployment.lastFailure}`);
      return;
    }
    if (!circuitBreaker.enable) {
      this.note('is unable to consistently start tasks successfully.');
      return;
    }
    deployment.fail('ECS deployment circuit breaker: tasks failed to start.');
    this.note(`(deployment ${deployment.id}) deployment failed: tasks failed to start.`);
    const previous = this.lastCompleted;
    if (!circuitBreaker.rollback || previous === undefined) return;
    const rollback = this.deploy(previous);
    rollback.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${rollback.id}.`;
    this.note(`rolling back to (deployment ${rollback.id}).`);
  }

  private settleDeployment(): void {
    const primary = this.deployments[0];
    if (primary === undefined || primary.rolloutState !== 'IN_PROGRESS') return;
    const own = this.tasksOf(primary);
    const alone = this.liveTasks.length === own.length;
    if (!alone || own.length !== this.settings.desiredCount || !own.every(({ steady }) => steady)) return;
    this.deployments = [primary];
    this.lastCompleted = primary.definition;
    this.note(`(deployment ${primary.id}) deployment completed.`);
    this.note('has reached a steady state.');
    primary.complete();
  }

  private reconcileAt(time: number, then: () => void = () => this.reconcile()): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, Math.max(0, time - this.kernel.now().getTime()));
  }

  private note(message: string): void {
    this.events.unshift({
      id: randomUUID(),
      createdAt: this.kernel.now(),
      message: `(service ${this.name}) ${message}`,
    });
    this.events.length = Math.min(this.events.length, EVENTS_KEPT);
  }
}

/** The task's stopped reason and the failures of its containers. */
function describeFailure(task: Task): string {
  const ended = task.containers
    .filter(({ exitCode, reason }) => reason !== undefined || (exitCode !== undefined && exitCode !== 0))
    .map(({ definition, exitCode, reason }) => `${definition.Name}: ${reason ?? `exit code ${exitCode}`}`);
  return [task.stoppedReason ?? '', ...ended].join('; ');
}
