import type { Cause } from './cause';
import type { TaskResult } from './result';

/**
 * How an execution, a state or a Map item ended, or `running`. `caught`: it failed and the machine went on by its
 * Catch.
 */
export type Outcome = 'running' | 'succeeded' | 'failed' | 'caught' | 'timed-out' | 'aborted';

export type StateKind = 'Task' | 'Map' | 'Parallel' | 'Choice' | 'Wait' | 'Pass' | 'Succeed' | 'Fail';

/** One try of a task. Times are milliseconds since 1970. */
export interface Attempt {
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly failure?: Cause;
}

/** One stay of the execution in a state. */
export interface Visit {
  readonly name: string;
  readonly kind: StateKind;
  readonly enteredAt: number;
  readonly exitedAt?: number;
  readonly outcome: Outcome;
  readonly attempts: readonly Attempt[];
  /** What the task returned (its Lambda's payload), when it succeeded. */
  readonly result?: TaskResult;
  /** Its failure, a caught one too. */
  readonly failure?: Cause;
  /** A Map's items by index. `expected` is their number, known once the Map has started. */
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

/** An execution's history, in order of time. */
export interface Timeline {
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The execution's input as it was given (JSON text). */
  readonly input?: string;
  readonly visits: readonly Visit[];
  /** The execution's own error, from its Fail state, a timeout or a stop. */
  readonly failure?: Cause;
}
