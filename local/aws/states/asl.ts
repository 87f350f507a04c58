import type { Json, JsonObject } from '../../kernel/contracts';

/**
 * The part of the Amazon States Language (JSONPath) that the local cloud runs: https://states-language.net/spec.html
 */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

export interface State {
  readonly Type: StateType;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  /** Task */
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  /** Map */
  readonly ItemsPath?: string;
  readonly ItemSelector?: JsonObject;
  readonly ItemProcessor?: Definition;
  readonly Iterator?: Definition;
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
  /** Parallel */
  readonly Branches?: readonly Definition[];
  readonly [field: string]: unknown;
}

export type StateType = 'Task' | 'Parallel' | 'Map' | 'Pass' | 'Wait' | 'Choice' | 'Succeed' | 'Fail';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'NONE' | 'FULL';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

/** The context object, `$$`. */
export interface ExecutionContext {
  readonly Execution: {
    readonly Id: string;
    readonly Input: Json;
    readonly Name: string;
    readonly RoleArn: string;
    readonly StartTime: string;
    readonly RedriveCount: number;
  };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
  readonly State?: { readonly Name: string; readonly EnteredTime: string; readonly RetryCount: number };
  readonly Map?: { readonly Item: { readonly Index: number; readonly Value: Json } };
}

/** 256 KiB of UTF-8: the quota for a task's, state's or execution's input or output. */
export const DATA_LIMIT = 262_144;
/** The largest number of events in one execution's history. */
export const HISTORY_LIMIT = 25_000;

/** An error of a state: ErrorEquals matches `name`; `cause` is the text. */
export class StatesError extends Error {
  constructor(
    override readonly name: string,
    override readonly cause: string | undefined,
  ) {
    super(`${name}: ${cause ?? ''}`);
  }
}

export function dataSize(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
