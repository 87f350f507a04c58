import { randomUUID } from 'node:crypto';
import { AwsError, type Json, type Kernel } from '../../kernel/contracts';
import type { Invoker } from '../lambda/invoker';
import { DATA_LIMIT } from './asl';
import { Execution } from './execution';
import type { StateMachine } from './state-machine';

/** The account's machines and their executions. */
export class MachineRegistry {
  private readonly machines = new Map<string, StateMachine>();
  private readonly executions = new Map<string, Execution>();

  constructor(
    private readonly kernel: Kernel,
    private readonly invoker: Pick<Invoker, 'invokeAs'>,
  ) {}

  all(): readonly StateMachine[] {
    return [...this.machines.values()];
  }

  find(arn: string): StateMachine | undefined {
    return this.machines.get(arn);
  }

  set(machine: StateMachine): void {
    this.machines.set(machine.arn, machine);
  }

  /** Throws InvalidArn, StateMachineDoesNotExist. */
  machine(arn: string): StateMachine {
    if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^:]+$/.test(arn)) {
      throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${arn}'`);
    }
    const machine = this.machines.get(arn);
    if (machine === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  /** Throws InvalidArn, ExecutionDoesNotExist. */
  execution(arn: string): Execution {
    if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) {
      throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
    }
    const execution = this.executions.get(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  /** Newest first. */
  executionsOf(machineArn: string): readonly Execution[] {
    return [...this.executions.values()].filter(({ machine }) => machine.arn === machineArn).reverse();
  }

  /**
   * StartExecution. Returns the running execution of the same name if its input is the same.
   * Throws InvalidName, InvalidExecutionInput, ExecutionAlreadyExists.
   */
  start(machineArn: string, name: string = randomUUID(), inputText = '{}'): Execution {
    const machine = this.machine(machineArn);
    checkName(name);
    const input = parseInput(inputText);
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.executions.get(arn);
    if (existing !== undefined) {
      const same = existing.status === 'RUNNING' && JSON.stringify(existing.input) === JSON.stringify(input);
      if (same) return existing;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution(this.kernel, machine, name, input, this.invoker);
    this.executions.set(arn, execution);
    return execution;
  }

  async delete(arn: string): Promise<void> {
    this.machines.delete(arn);
    const running = this.executionsOf(arn);
    await Promise.all(running.map((execution) => execution.stop(undefined, 'The state machine was deleted.')));
  }

  async close(): Promise<void> {
    await Promise.all([...this.executions.values()].map((execution) => execution.stop(undefined, undefined)));
  }
}

/** Throws InvalidName unless the name has 1 to 80 characters and none that the API reference forbids. */
export function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the API forbids control characters by code.
  if (/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/.test(name)) return;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > DATA_LIMIT) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${DATA_LIMIT}`,
    );
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
