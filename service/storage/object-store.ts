/** Stores documents as objects of one S3 bucket. */
import { ByteBudget, type Lease } from '../memory/byte-budget';
import { storageErrorOf } from './errors';
import { entityTagOf } from './s3-answers';
import { createS3, type S3ClientOptions } from './s3-client';

export interface StoredObject {
  /** Its bytes are reserved on the call's lease. */
  readonly body: Buffer;
  readonly etag: string | undefined;
}

export interface Call {
  readonly signal: AbortSignal;
  /** The bytes of S3's answer are reserved on this lease. */
  readonly lease: Lease;
}

export interface PutOptions extends Call {
  /** Fail with `exists` rather than overwrite. */
  readonly onlyNew: boolean;
}

/** Every method throws StorageError and nothing else. Keys are whole object keys. */
export interface ObjectStore {
  put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly etag: string | undefined }>;
  /** Returns the whole object; an incomplete body is the error `unavailable`. */
  get(key: string, call: Call): Promise<StoredObject>;
  /** Resolves when the bucket answers. */
  check(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Throws when the environment offers no credentials. */
export function createObjectStore(options: S3ClientOptions): ObjectStore {
  const s3 = createS3(options);
  return {
    async put(key, body, { onlyNew, signal, lease }) {
      const headers = { 'content-type': 'application/json', ...(onlyNew ? { 'if-none-match': '*' } : {}) };
      try {
        const answer = await s3.send({ operation: 'PutObject', key, headers, body }, { signal, lease });
        return { etag: entityTagOf(answer.headers.etag) };
      } catch (error) {
        throw storageErrorOf(error, onlyNew ? 'write if new' : 'write', signal);
      }
    },
    async get(key, call) {
      try {
        const { body, headers } = await s3.send({ operation: 'GetObject', key }, call);
        return { body, etag: entityTagOf(headers.etag) };
      } catch (error) {
        throw storageErrorOf(error, 'read', call.signal);
      }
    },
    async check(signal) {
      // A lease of its own, so that probes work when the service is at its limit. The answer to HEAD has no body.
      const lease = new ByteBudget(MAX_CHECK_BYTES).lease();
      try {
        await s3.send({ operation: 'HeadBucket', key: '' }, { signal, lease });
      } catch (error) {
        throw storageErrorOf(error, 'check', signal);
      }
    },
    close: () => s3.close(),
  };
}

const MAX_CHECK_BYTES = 1024;
