/** How storage can fail, in terms of what the service does about it. */

export type StorageFailure =
  /** The object is not there. */
  | 'not_found'
  /** The write was to make a new object, and there is one. */
  | 'exists'
  /** Another conditional write of the same key is under way. */
  | 'conflict'
  /** What a retry would only repeat: no permission, no bucket, bad credentials, an object that is no document, an answer that S3 does not give. */
  | 'refused'
  /** Refused connections, 5xx, throttling: after the retries. */
  | 'unavailable'
  /** The process holds as many bytes as it may. */
  | 'busy'
  /** No answer in time, or the request's deadline. */
  | 'timeout'
  /** The caller of the service went away. */
  | 'aborted';

export class StorageError extends Error {
  override readonly name = 'StorageError';

  constructor(
    readonly failure: StorageFailure,
    /** S3's own code or the network's: `AccessDenied`, `ECONNREFUSED`. */
    readonly code: string,
    options: { readonly cause: unknown },
  ) {
    super(`S3 answered ${code} (${failure}).`, options);
  }
}

/** What was asked: only what it can come to is believed. */
export type StorageOperation = 'read' | 'write' | 'write if new' | 'check';

/** Sorts what the SDK and its handler threw. `signal` tells a deadline from a caller that left by its reason. */
export function storageErrorOf(cause: unknown, operation: StorageOperation, signal?: AbortSignal): StorageError {
  if (cause instanceof StorageError) return cause;
  const code = codeOf(cause);
  if (signal?.aborted) return new StorageError(signal.reason === 'deadline' ? 'timeout' : 'aborted', code, { cause });
  return new StorageError(failureOf(code, statusOf(cause), operation), code, { cause });
}

function failureOf(code: string, status: number | undefined, operation: StorageOperation): StorageFailure {
  if (code === 'NoMemoryLeft') return 'busy';
  if (code === 'NoSuchBucket' || code === 'AnswerTooLarge') return 'refused';
  // Not by the name: the SDK calls a reset connection a TimeoutError too.
  if (code === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'RequestTimeout') return 'timeout';
  if (code === 'CredentialsProviderError') return 'unavailable';
  switch (status) {
    case undefined:
      return 'unavailable';
    case 404:
      // Any proxy can say 404; that there is no such object only S3 can.
      return operation === 'read' && code === 'NoSuchKey' ? 'not_found' : 'refused';
    case 412:
      return operation === 'write if new' ? 'exists' : 'refused';
    case 409:
      return 'conflict';
    case 429:
      return 'unavailable';
    default:
      return status < 500 && status >= 300 ? 'refused' : 'unavailable';
  }
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UnknownError';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.name;
}

function statusOf(cause: unknown): number | undefined {
  if (typeof cause !== 'object' || cause === null || !('$metadata' in cause)) return undefined;
  const metadata = cause.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
