/** The documents' store: objects of one S3 bucket. The only code that knows the SDK. */
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { StorageConfig } from '../config';
import { credentialProvider } from './credentials';
import { StorageError, storageErrorOf } from './errors';

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string | undefined;
}

export interface PutOptions {
  /** Fail with `exists` rather than overwrite. */
  readonly onlyNew: boolean;
  readonly signal: AbortSignal;
}

/** Every method throws StorageError and nothing else. Keys are whole object keys. */
export interface ObjectStore {
  put(key: string, body: Uint8Array, options: PutOptions): Promise<{ readonly etag: string | undefined }>;
  /** The whole object or an error: a body that breaks off is `unavailable`. */
  get(key: string, signal: AbortSignal): Promise<StoredObject>;
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
    async put(Key, Body, { onlyNew, signal }) {
      const command = () =>
        client.send(
          new PutObjectCommand({
            Bucket,
            Key,
            Body,
            ContentType: 'application/json',
            ...(onlyNew ? { IfNoneMatch: '*' } : {}),
          }),
          {
            abortSignal: signal,
          },
        );
      try {
        return { etag: (await withFreshCredentials(command)).ETag };
      } catch (error) {
        throw storageErrorOf(error, signal);
      }
    },
    async get(Key, signal) {
      try {
        const output = await withFreshCredentials(() =>
          client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal }),
        );
        const length = output.ContentLength;
        if (length === undefined || length > options.maxObjectBytes) {
          output.Body?.transformToWebStream()
            .cancel()
            .catch(() => undefined);
          throw new StorageError('refused', 'ObjectTooLarge', { cause: undefined });
        }
        const body = (await output.Body?.transformToByteArray()) ?? new Uint8Array();
        if (body.length !== length) throw new StorageError('unavailable', 'TruncatedBody', { cause: undefined });
        return { body, etag: output.ETag };
      } catch (error) {
        throw storageErrorOf(error, signal);
      }
    },
    async check(signal) {
      try {
        await client.send(new HeadBucketCommand({ Bucket }), { abortSignal: signal });
      } catch (error) {
        throw storageErrorOf(error, signal);
      }
    },
    close: () => client.destroy(),
  };
}

function createClient({ region, endpoint, attemptTimeoutMs }: StorageConfig): S3Client {
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
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      requestTimeout: attemptTimeoutMs,
      // Without it requestTimeout only logs a warning.
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256 },
    }),
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
