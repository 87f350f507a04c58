/** Storage errors, classified by how the service answers them. */

export type StorageFailure =
  /** The object does not exist. */
  | 'not_found'
  /** A conditional write found an existing object. */
  | 'exists'
  /** Another conditional write of the same key is in progress. */
  | 'conflict'
  /**
   * A retry would not help: no permission, no bucket, bad credentials, an object that is not a document, an answer that
   * is not S3's.
   */
  | 'refused'
  /** Refused connections, 5xx or throttling, after the retries. */
  | 'unavailable'
  /** The byte budget is used up. */
  | 'busy'
  /** No answer in time, or the request's deadline passed. */
  | 'timeout'
  /** The caller of the service disconnected. */
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

/** The operation limits which answers are plausible: for example, 404 means "not found" only for a read. */
export type StorageOperation = 'read' | 'write' | 'write if new' | 'check';

/**
 * Classifies an error of the S3 client. The reason of an aborted `signal` distinguishes a deadline from a caller that
 * disconnected.
 */
export function storageErrorOf(cause: unknown, operation: StorageOperation, signal?: AbortSignal): StorageError {
  if (cause instanceof StorageError) return cause;
  const code = codeOf(cause);
  if (signal?.aborted) return new StorageError(signal.reason === 'deadline' ? 'timeout' : 'aborted', code, { cause });
  return new StorageError(failureOf(code, statusOf(cause), operation), code, { cause });
}

function failureOf(code: string, status: number | undefined, operation: StorageOperation): StorageFailure {
  if (code === 'NoMemoryLeft') return 'busy';
  if (code === 'NoSuchBucket' || code === 'AnswerTooLarge') return 'refused';
  // By code before name: the SDK names a reset connection TimeoutError too.
  if (code === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'RequestTimeout') return 'timeout';
  if (code === 'CredentialsProviderError') return 'unavailable';
  switch (status) {
    case undefined:
      return 'unavailable';
    case 404:
      // A proxy may answer 404 too; NoSuchKey shows that the answer is S3's.
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
