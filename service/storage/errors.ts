/** How storage can fail, in terms of what the service does about it. */

export type StorageFailure =
  /** The object is not there. */
  | 'not_found'
  /** The write was to make a new object, and there is one. */
  | 'exists'
  /** Another conditional write of the same key is under way. */
  | 'conflict'
  /** S3 does not take what a retry would repeat: no permission, no bucket, bad credentials, an object that is no document. */
  | 'refused'
  /** Refused connections, 5xx, throttling: after the retries. */
  | 'unavailable'
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

/** Sorts what the SDK threw. `signal` tells a deadline from a caller that left by its reason. */
export function storageErrorOf(cause: unknown, signal?: AbortSignal): StorageError {
  if (cause instanceof StorageError) return cause;
  const code = codeOf(cause);
  if (signal?.aborted) return new StorageError(signal.reason === 'deadline' ? 'timeout' : 'aborted', code, { cause });
  return new StorageError(failureOf(code, statusOf(cause)), code, { cause });
}

function failureOf(code: string, status: number | undefined): StorageFailure {
  if (code === 'NoSuchBucket') return 'refused';
  // Not by the name: the SDK calls a reset connection a TimeoutError too.
  if (code === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'RequestTimeout') return 'timeout';
  if (code === 'CredentialsProviderError') return 'unavailable';
  switch (status) {
    case undefined:
      return 'unavailable';
    case 404:
      return 'not_found';
    case 412:
      return 'exists';
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
