/** The documents' store: objects of one S3 bucket. The only code that knows the SDK. */
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { StorageConfig } from '../config';
import { ByteBudget, type Lease } from '../memory/byte-budget';
import { credentialProvider } from './credentials';
import { storageErrorOf } from './errors';
import { type CallOptions, createS3HttpHandler, entityTagOf } from './s3-http-handler';

export interface StoredObject {
  /** Its bytes are on the call's lease. */
  readonly body: Buffer;
  readonly etag: string | undefined;
}

export interface Call {
  readonly signal: AbortSignal;
  /** What S3 answers is held by this lease. */
  readonly lease: Lease;
}

export interface PutOptions extends Call {
  /** Fail with `exists` rather than overwrite. */
  readonly onlyNew: boolean;
}

/** Every method throws StorageError and nothing else. Keys are whole object keys. */
export interface ObjectStore {
  put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly etag: string | undefined }>;
  /** The whole object or an error: a body that breaks off is `unavailable`. */
  get(key: string, call: Call): Promise<StoredObject>;
  /** Resolves when the bucket answers. */
  check(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface ObjectStoreOptions extends StorageConfig {
  /** Objects that are larger are no documents of this service. */
  readonly maxObjectBytes: number;
}

export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const client = createClient(options);
  const Bucket = options.bucketName;
  const withFreshCredentials = retryOnceWithFreshCredentials(client);
  return {
    async put(Key, Body, { onlyNew, signal, lease }) {
      const command = () =>
        client.send(
          new PutObjectCommand({
            Bucket,
            Key,
            Body,
            ContentType: 'application/json',
            ...(onlyNew ? { IfNoneMatch: '*' } : {}),
          }),
          callOptions(signal, lease),
        );
      try {
        return { etag: entityTagOf((await withFreshCredentials(command)).ETag) };
      } catch (error) {
        throw storageErrorOf(error, onlyNew ? 'write if new' : 'write', signal);
      }
    },
    async get(Key, { signal, lease }) {
      const call = callOptions(signal, lease);
      try {
        const output = await withFreshCredentials(() => client.send(new GetObjectCommand({ Bucket, Key }), call));
        return { body: call.answer?.body ?? NOTHING, etag: entityTagOf(output.ETag) };
      } catch (error) {
        throw storageErrorOf(error, 'read', signal);
      }
    },
    async check(signal) {
      // Probes go on when everything else is at its limit: the answer to HEAD has no body.
      const lease = new ByteBudget(MAX_CHECK_BYTES).lease();
      try {
        await client.send(new HeadBucketCommand({ Bucket }), callOptions(signal, lease));
      } catch (error) {
        throw storageErrorOf(error, 'check', signal);
      }
    },
    close: () => client.destroy(),
  };
}

const NOTHING = Buffer.alloc(0);
const MAX_CHECK_BYTES = 1024;

function callOptions(abortSignal: AbortSignal, lease: Lease): CallOptions {
  return { abortSignal, lease };
}

function createClient({ region, endpoint, attemptTimeoutMs, maxObjectBytes }: ObjectStoreOptions): S3Client {
  return new S3Client({
    region,
    // A local cloud or another S3 server has no DNS name for each bucket.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    credentials: credentialProvider(),
    // Three attempts in all, with the SDK's jittered backoff: a PUT of the same bytes to the same key may be repeated.
    maxAttempts: 3,
    retryMode: 'standard',
    // TLS and SigV4 already guard the bytes; CRC32 on each request is only cost here.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Documents are small: waiting for "100 Continue" would be a round trip more.
    expectContinueHeader: false,
    // What the SDK would otherwise look up in ~/.aws at the first request.
    defaultsMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    requestHandler: createS3HttpHandler({ attemptTimeoutMs, maxObjectBytes }),
  });
}

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired']);

/** The SDK trusts the expiry it was told; when S3 says otherwise, new credentials are fetched and the call is made once more. */
function retryOnceWithFreshCredentials(client: S3Client) {
  return async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Error) || !EXPIRED.has(error.name)) throw error;
      await client.config.credentials({ forceRefresh: true });
      return await call();
    }
  };
}
