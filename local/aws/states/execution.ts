import { setTimeout as wait } from 'node:timers/promises';
import type { Json, Kernel } from '../../kernel/contracts';
import type { Invoker } from '../lambda/invoker';
import { type ExecutionContext, StatesError } from './asl';
import { History, type Trail } from './history';
import { dataDetails, runStates, Stopped } from './run-states';
import type { StateMachine } from './state-machine';
import { createTaskRunner } from './tasks';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution. It is kept after its end, for DescribeExecution and its history. */
export class Execution {
  readonly startDate: Date;
  readonly history: History;
  readonly finished: Promise<void>;
  status: ExecutionStatus = 'RUNNING';
  stopDate: Date | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  private readonly abort = new AbortController();
  private readonly trail: Trail = { last: 0 };

  constructor(
    private readonly kernel: Kernel,
    readonly machine: StateMachine,
    readonly name: string,
    readonly input: Json,
    invoker: Pick<Invoker, 'invokeAs'>,
  ) {
    this.startDate = kernel.now();
    this.history = new History(kernel.now);
    for (const listener of machine.historyListeners) this.history.onEvent((event) => listener(this, event));
    this.finished = this.run(invoker);
  }

  get arn(): string {
    return `${this.machine.arn.replace(':stateMachine:', ':execution:')}:${this.name}`;
  }

  /** StopExecution. Has no effect on an execution that has ended. */
  async stop(error: string | undefined, cause: string | undefined): Promise<void> {
    if (this.status !== 'RUNNING') return;
    await this.interrupt('ABORTED', error, cause);
  }

  private async interrupt(status: 'ABORTED' | 'TIMED_OUT', error?: string, cause?: string): Promise<void> {
    this.interruption ??= { status, error, cause };
    this.abort.abort();
    await this.finished;
  }
  private interruption:
    | { status: 'ABORTED' | 'TIMED_OUT'; error: string | undefined; cause: string | undefined }
    | undefined;

  private async run(invoker: Pick<Invoker, 'invokeAs'>): Promise<void> {
    const { kernel, machine } = this;
    const { signal } = this.abort;
    const onClose = () => this.abort.abort();
    kernel.closing.addEventListener('abort', onClose, { once: true });
    const seconds = machine.definition.TimeoutSeconds;
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(() => void this.interrupt('TIMED_OUT'), Math.min(seconds, 2_147_483) * 1000);
    this.history.record(this.trail, 'ExecutionStarted', {
      ...dataDetails('input', this.input),
      roleArn: machine.roleArn,
    });
    this.announce();
    try {
      const { principal } = kernel.assumeRole(machine.roleArn, 'states.amazonaws.com', this.name);
      const runTask = createTaskRunner(kernel, invoker, principal, this.history);
      const sleep = (milliseconds: number) => wait(milliseconds, undefined, { signal }).catch(() => undefined);
      const run = { history: this.history, runTask, signal, sleep, now: kernel.now };
      const output = await runStates(machine.definition, this.input, this.context(), this.trail, run);
      this.output = output;
      this.end('SUCCEEDED', 'ExecutionSucceeded', dataDetails('output', output));
    } catch (error) {
      this.fail(error);
    } finally {
      clearTimeout(timer);
      kernel.closing.removeEventListener('abort', onClose);
    }
  }

  private fail(thrown: unknown): void {
    if (thrown instanceof Stopped || this.interruption !== undefined) {
      const { cause, error, status } = this.interruption ?? { status: 'ABORTED', error: undefined, cause: undefined };
      this.error = error;
      this.cause = cause;
      this.end(status, status === 'ABORTED' ? 'ExecutionAborted' : 'ExecutionTimedOut', { error, cause });
      return;
    }
    const failure =
      thrown instanceof StatesError
        ? thrown
        : new StatesError('States.Runtime', thrown instanceof Error ? thrown.message : String(thrown));
    this.error = failure.name;
    this.cause = failure.cause;
    this.end('FAILED', 'ExecutionFailed', { error: failure.name, cause: failure.cause });
  }

  private end(status: ExecutionStatus, type: string, details: Parameters<History['record']>[2]): void {
    this.stopDate = this.kernel.now();
    this.status = status;
    this.history.record(this.trail, type, details);
    this.announce();
  }

  /** The EventBridge event (Step Functions developer guide, "Step Functions Execution Status Change"). */
  private announce(): void {
    const { arn, cause, error, input, machine, name, output, startDate, status, stopDate } = this;
    this.kernel.emit({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [arn],
      detail: {
        executionArn: arn,
        stateMachineArn: machine.arn,
        name,
        status,
        startDate: startDate.getTime(),
        stopDate: stopDate?.getTime() ?? null,
        input: JSON.stringify(input),
        output: output === undefined ? null : JSON.stringify(output),
        inputDetails: { included: true },
        outputDetails: output === undefined ? null : { included: true },
        error: error ?? null,
        cause: cause ?? null,
      },
    });
  }

  private context(): ExecutionContext {
    return {
      Execution: {
        Id: this.arn,
        Input: this.input,
        Name: this.name,
        RoleArn: this.machine.roleArn,
        StartTime: this.startDate.toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: this.machine.arn, Name: this.machine.name },
    };
  }
}
