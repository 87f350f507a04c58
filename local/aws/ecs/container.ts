import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { recordProcess } from '../../kernel/process-record';
import { type ResolvedProgram, resolveProgram } from './images';
import { type ContainerDefinition, runnableHealthCheck } from './task-definition';
import { type Surroundings, translateArgument, translateVariable } from './translate';

export type ContainerStatus = 'PENDING' | 'RUNNING' | 'STOPPED';
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export interface ContainerOptions {
  readonly directory: string;
  readonly surroundings: Surroundings;
  /** The agent's own variables: credentials, metadata, region, endpoint. */
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => Date;
  readonly onLine: (line: string) => void;
  readonly onChange: () => void;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** One container: a process in its own process group, so that its child processes end with it. */
export class Container {
  readonly runtimeId = randomBytes(16).toString('hex');
  status: ContainerStatus = 'PENDING';
  health: HealthStatus = 'UNKNOWN';
  exitCode: number | undefined;
  reason: string | undefined;
  program: ResolvedProgram | undefined;
  startedAt: Date | undefined;
  restarts = 0;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    readonly definition: ContainerDefinition,
    private readonly options: ContainerOptions,
  ) {}

  get pid(): number | undefined {
    return this.status === 'RUNNING' ? this.child?.pid : undefined;
  }

  get startRequested(): boolean {
    return this.program !== undefined || this.status === 'STOPPED';
  }

  /** Starts the process. If it cannot start, the container is STOPPED with a reason, as on ECS. */
  async start(): Promise<void> {
    const { directory: cwd, surroundings } = this.options;
    const { Command, EntryPoint, Environment, Image } = this.definition;
    try {
      this.program = await resolveProgram(Image, {
        entryPoint: EntryPoint,
        command: Command.map((word) => translateArgument(word, surroundings)),
        cwd,
        mounts: surroundings.mounts.map(({ directory }) => directory),
        env: {
          PATH,
          HOME: cwd,
          ...this.options.environment,
          ...Object.fromEntries(
            Environment.map(({ Name, Value }) => [Name, translateVariable(Name, Value, surroundings)]),
          ),
        },
      });
    } catch (error) {
      this.end(undefined, `CannotStartContainerError: ${(error as Error).message}`);
      return;
    }
    if (this.stopping.signal.aborted) this.end(undefined, undefined);
    else this.launch(this.program);
  }

  /** Sends SIGTERM, then SIGKILL after the stop timeout. Resolves when the process group has ended. */
  async stop(timeoutSeconds = this.definition.StopTimeout): Promise<void> {
    this.stopping.abort();
    if (this.status === 'PENDING' && this.child === undefined) this.end(undefined, undefined);
    if (this.status === 'RUNNING') {
      this.signalGroup('SIGTERM');
      const patience = new AbortController();
      const late = wait(timeoutSeconds * 1000, 'late' as const, { signal: patience.signal }).catch(() => undefined);
      if ((await Promise.race([this.exited, late])) === 'late') this.signalGroup('SIGKILL');
      patience.abort();
    }
    await this.exited;
    this.signalGroup('SIGKILL');
  }

  private launch({ command }: ResolvedProgram): void {
    const child = spawn(command.file, command.args, {
      cwd: this.options.directory,
      env: { ...command.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    recordProcess(child, `container ${this.definition.Name}`, { group: true });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', this.options.onLine);
    this.startedAt = this.options.now();
    this.status = 'RUNNING';
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.end(undefined, `CannotStartContainerError: ${error.message}`);
        resolve();
      });
      // End the child processes too: the pipes close only when no process holds them.
      child.once('exit', () => this.signalGroup('SIGKILL'));
      child.once('close', (code, signal) => {
        // Docker's exit code after a signal: 128 + the signal's number.
        this.afterExit(code ?? (signal === 'SIGKILL' ? 137 : 143));
        resolve();
      });
    });
    void this.watchHealth();
    this.options.onChange();
  }

  private afterExit(code: number): void {
    if (this.status !== 'RUNNING') return;
    const policy = this.definition.RestartPolicy;
    const lived = this.runningMs();
    const restart =
      policy?.Enabled === true &&
      !this.stopping.signal.aborted &&
      !policy.IgnoredExitCodes.includes(code) &&
      lived >= policy.RestartAttemptPeriod * 1000;
    if (restart && this.program !== undefined) {
      this.restarts += 1;
      this.launch(this.program);
    } else {
      this.end(code, undefined);
    }
  }

  private runningMs(): number {
    return this.options.now().getTime() - (this.startedAt?.getTime() ?? 0);
  }

  private end(code: number | undefined, reason: string | undefined): void {
    this.status = 'STOPPED';
    this.exitCode = code;
    this.reason = reason;
    this.options.onChange();
  }

  private signalGroup(signal: NodeJS.Signals): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private async watchHealth(): Promise<void> {
    const args = runnableHealthCheck(this.definition);
    const check = this.definition.HealthCheck;
    if (args === undefined || check === undefined) return;
    const { signal } = this.stopping;
    const child = this.child;
    const { cwd, env } = { cwd: this.options.directory, env: this.program?.command.env ?? {} };
    const words = args.map((word) => translateArgument(word, this.options.surroundings));
    let failures = 0;
    while (!signal.aborted && this.child === child && this.status === 'RUNNING') {
      const passed = await new Promise<boolean>((resolve) => {
        execFile(process.execPath, words, { cwd, env, timeout: check.Timeout * 1000, signal }, (error) =>
          resolve(error === null),
        );
      });
      failures = passed ? 0 : failures + 1;
      const grace = this.runningMs() < check.StartPeriod * 1000;
      const health = passed ? 'HEALTHY' : failures >= check.Retries && !grace ? 'UNHEALTHY' : this.health;
      if (health !== this.health) {
        this.health = health;
        this.options.onChange();
      }
      const pause = this.health === 'HEALTHY' ? check.Interval * 1000 : 250;
      await wait(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
