export type Outcome =
  | 'added'
  | 'updated'
  | 'unchanged'
  | 'removed'
  | 'done'
  | 'pending'
  | 'drifted'
  | 'passed'
  | 'failed'
  | 'warned'
  | 'not-evaluated';

/** What every step returns: its outcome, and one line about it for people. */
export interface StepResult {
  readonly outcome: Outcome;
  readonly detail: string;
}

/** What a step in a loop returns; a failure throws instead. */
export interface CheckResult extends StepResult {
  readonly status: 'READY' | 'PENDING';
}
