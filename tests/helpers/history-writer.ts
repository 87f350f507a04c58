import type { HistoryEvent } from '../../report';

/**
 * Writes histories as GetExecutionHistory documents them (HistoryEvent, HistoryEventType): ids from 1, each event after
 * the one that caused it (`previousEventId`), a second apart unless told otherwise.
 */
export class HistoryWriter {
  readonly events: HistoryEvent[] = [];
  private time = Date.UTC(2026, 10, 23, 12, 0, 0);

  /** Adds an event after `previous` (the one before it by default) and returns its id. */
  add(type: string, details: Partial<HistoryEvent> = {}, previous = this.events.length): number {
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId: previous, type, timestamp: new Date(this.time), ...details });
    this.time += 1000;
    return id;
  }

  wait(seconds: number): this {
    this.time += seconds * 1000;
    return this;
  }

  start(input: unknown = { mode: 'apply' }): this {
    this.add('ExecutionStarted', { executionStartedEventDetails: { input: JSON.stringify(input) } });
    return this;
  }

  /** A task by `lambda:invoke` that succeeds at its first try: five events. */
  task(name: string, payload: unknown, previous = this.events.length): number {
    this.enter('Task', name, previous);
    this.add('TaskScheduled');
    this.add('TaskStarted');
    this.add('TaskSucceeded', { taskSucceededEventDetails: { output: lambdaOutput(payload) } });
    return this.exit('Task', name);
  }

  enter(kind: string, name: string, previous = this.events.length): number {
    return this.add(`${kind}StateEntered`, { stateEnteredEventDetails: { name, input: '{}' } }, previous);
  }

  exit(kind: string, name: string, previous = this.events.length): number {
    return this.add(`${kind}StateExited`, { stateExitedEventDetails: { name, output: '{}' } }, previous);
  }

  /** An attempt that fails with an error that a Lambda throws. */
  failedTry(errorType: string, errorMessage: string): number {
    this.add('TaskScheduled');
    this.add('TaskStarted');
    return this.add('TaskFailed', { taskFailedEventDetails: lambdaFailure(errorType, errorMessage) });
  }
}

/** The output of `lambda:invoke`: the payload with the response's metadata. */
export function lambdaOutput(payload: unknown): string {
  return JSON.stringify({
    ExecutedVersion: '$LATEST',
    Payload: payload,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    StatusCode: 200,
  });
}

/** The error and cause that Step Functions reports for an error thrown in a Lambda. The cause is JSON. */
export function lambdaFailure(errorType: string, errorMessage: string): { error: string; cause: string } {
  return {
    error: errorType,
    cause: JSON.stringify({ errorType, errorMessage, trace: [`${errorType}: ${errorMessage}`] }),
  };
}
