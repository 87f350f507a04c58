import type { Cause } from './cause';
import type { TaskResult } from './result';

/** How an execution, a state or a Map item ended, or `running`. `caught`: it failed and the machine went on by its Catch. */
export type Outcome = 'running' | 'succeeded' | 'failed' | 'caught' | 'timed-out' | 'aborted';

export type StateKind = 'Task' | 'Map' | 'Parallel' | 'Choice' | 'Wait' | 'Pass' | 'Succeed' | 'Fail';

/** One try of a task. Times are milliseconds since 1970. */
export interface Attempt {
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly failure?: Cause;
}

/** One time that the execution was in a state. */
export interface Visit {
  readonly name: string;
  readonly kind: StateKind;
  readonly enteredAt: number;
  readonly exitedAt?: number;
  readonly outcome: Outcome;
  readonly attempts: readonly Attempt[];
  /** What the task returned (its Lambda's payload), when it succeeded. */
  readonly result?: TaskResult;
  /** Why it failed, when it did (also when the failure was caught). */
  readonly failure?: Cause;
  /** A Map's items in the order of their index; `expected` of them when the Map has started. */
  readonly items: readonly Item[];
  readonly expected?: number;
}

export interface Item {
  readonly index: number;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly visits: readonly Visit[];
}

/** All that a history says, in order of time. */
export interface Timeline {
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The execution's input as it was given (JSON text). */
  readonly input?: string;
  readonly visits: readonly Visit[];
  /** The execution's own error: what its Fail state, a timeout or a stop left. */
  readonly failure?: Cause;
}
