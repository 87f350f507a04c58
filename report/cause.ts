import type { Failure } from './history';

/** A readable failure. `error` is the name that ASL's Retry and Catch match. */
export interface Cause {
  readonly error: string;
  readonly message: string;
}

/**
 * Reads the error and cause of a history event. A Lambda's Cause is JSON with `errorType` and `errorMessage`; a service
 * integration's is plain text. Without a cause the error names of Step Functions get a sentence.
 */
export function readCause(failure: Failure | undefined): Cause {
  const error = failure?.error ?? 'Unknown';
  const cause = failure?.cause?.trim();
  if (!cause) return { error, message: known[error] ?? 'No cause was given.' };
  const parsed = parseObject(cause);
  if (!parsed) return { error, message: cause };
  const nested = parsed['Error'] ?? parsed['errorType'];
  const message = parsed['errorMessage'] ?? parsed['message'] ?? parsed['Cause'] ?? parsed['cause'];
  if (typeof message !== 'string') return { error, message: cause };
  const inner = parseObject(message) ? readCause({ error, cause: message }).message : message;
  return { error: typeof nested === 'string' && error === 'Unknown' ? nested : error, message: inner };
}

/** Sentences for error names of the Amazon States Language, for failures without a cause. */
const known: Readonly<Record<string, string>> = {
  'States.Timeout': 'It took longer than its timeout allows.',
  'States.HeartbeatTimeout': 'It sent no heartbeat in time.',
  'States.TaskFailed': 'The task failed and gave no cause.',
  'States.Permissions': "The state machine's role may not call this task.",
  'States.DataLimitExceeded': 'Its input or output is larger than 256 KiB.',
  'States.ExceedToleratedFailureThreshold': 'More of its items failed than it tolerates.',
};

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
