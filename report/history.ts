/**
 * The members of GetExecutionHistory's events that a timeline needs. Structural types, so that the SDK's `HistoryEvent`
 * and a history from a JSON file both fit.
 */
export interface HistoryEvent {
  readonly id?: number | undefined;
  /** 0 or absent for the first event. */
  readonly previousEventId?: number | undefined;
  readonly type?: string | undefined;
  /** A Date from the SDK; seconds since 1970 or an ISO time from a file. */
  readonly timestamp?: Date | string | number | undefined;
  readonly stateEnteredEventDetails?:
    | { readonly name?: string | undefined; readonly input?: string | undefined }
    | undefined;
  readonly stateExitedEventDetails?:
    | { readonly name?: string | undefined; readonly output?: string | undefined }
    | undefined;
  readonly executionStartedEventDetails?: { readonly input?: string | undefined } | undefined;
  readonly executionSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly executionFailedEventDetails?: Failure | undefined;
  readonly executionAbortedEventDetails?: Failure | undefined;
  readonly executionTimedOutEventDetails?: Failure | undefined;
  readonly taskSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly taskFailedEventDetails?: Failure | undefined;
  readonly taskTimedOutEventDetails?: Failure | undefined;
  readonly taskStartFailedEventDetails?: Failure | undefined;
  readonly taskSubmitFailedEventDetails?: Failure | undefined;
  readonly lambdaFunctionSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly lambdaFunctionFailedEventDetails?: Failure | undefined;
  readonly lambdaFunctionTimedOutEventDetails?: Failure | undefined;
  readonly lambdaFunctionScheduleFailedEventDetails?: Failure | undefined;
  readonly lambdaFunctionStartFailedEventDetails?: Failure | undefined;
  readonly evaluationFailedEventDetails?: (Failure & { readonly state?: string | undefined }) | undefined;
  readonly mapStateStartedEventDetails?: { readonly length?: number | undefined } | undefined;
  readonly mapIterationStartedEventDetails?: MapIteration | undefined;
  readonly mapIterationSucceededEventDetails?: MapIteration | undefined;
  readonly mapIterationFailedEventDetails?: MapIteration | undefined;
  readonly mapIterationAbortedEventDetails?: MapIteration | undefined;
}

export interface Failure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export interface MapIteration {
  readonly name?: string | undefined;
  /** From 0. */
  readonly index?: number | undefined;
}

/** An event's time in milliseconds since 1970; 0 when it has none. */
export function timeOf(event: HistoryEvent): number {
  const { timestamp } = event;
  if (timestamp instanceof Date) return timestamp.getTime();
  if (typeof timestamp === 'number') return timestamp * 1000;
  const parsed = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(parsed) ? 0 : parsed;
}

/** The error of a failed or timed-out task of any integration; undefined for other events. */
export function failureOf(event: HistoryEvent): Failure | undefined {
  return (
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    event.evaluationFailedEventDetails
  );
}
