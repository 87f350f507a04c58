/**
 * A client for three S3 operations, built from parts of the AWS SDK: signer, retry strategy, endpoint rules,
 * credentials. The SDK's middleware and serialization took the largest part of a data request's CPU
 * (docs/decisions/s3-without-the-client.md).
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { S3Client as SdkClient } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { StorageConfig } from '../config';
import type { Lease } from '../memory/byte-budget';
import { type Answer, AnswerTooLarge, exchange } from '../outgoing/exchange';
import { cachedCredentials } from './credentials';
import { NodeHash } from './node-hash';
import { createRetries } from './retries';
import { requireSuccess, S3Error } from './s3-answers';
import type { S3Operation } from './s3-operation';
import { inS3Span } from './s3-span';
import { createServerClock } from './server-clock';

export interface S3Request {
  readonly operation: S3Operation;
  /** The object key; empty for operations on the bucket. */
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface S3Call {
  readonly signal: AbortSignal;
  readonly lease: Lease;
}

export interface S3ClientOptions extends StorageConfig {
  /** Larger objects are refused: the service cannot have written them. */
  readonly maxObjectBytes: number;
}

/**
 * `send` throws S3Error (status 300 or above), StorageError (a success that is not S3's) and the errors of `exchange`.
 */
export interface S3 {
  send(request: S3Request, call: S3Call): Promise<Answer>;
  close(): void;
}

const METHODS = { PutObject: 'PUT', GetObject: 'GET', HeadBucket: 'HEAD' } as const;
const CONNECT_TIMEOUT_MS = 1000;
/** S3's error documents are shorter. */
const MAX_ERROR_BYTES = 64 * 1024;
/** As many connections as requests may be in flight by default. */
const AGENT = { keepAlive: true, maxSockets: 256 };

export function createS3(options: S3ClientOptions): S3 {
  const { region, bucketName, attemptTimeoutMs, maxObjectBytes } = options;
  const endpoint = endpointOf(options);
  const base = endpoint.pathname.replace(/\/$/, '');
  const agent = endpoint.protocol === 'https:' ? new https.Agent(AGENT) : new http.Agent(AGENT);
  const credentials = cachedCredentials();
  const clock = createServerClock();
  const retries = createRetries(credentials, clock);
  // The path is already encoded and the payload hash already set below.
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials,
    sha256: NodeHash,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const port = endpoint.port === '' ? undefined : Number(endpoint.port);

  const attempt = async ({ operation, key, headers = {}, body }: S3Request, call: S3Call): Promise<Answer> => {
    const method = METHODS[operation];
    const request = new HttpRequest({
      method,
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      ...(port === undefined ? {} : { port }),
      path: key === '' ? base || '/' : `${base}/${key.split('/').map(encodeSegment).join('/')}`,
      headers: {
        ...headers,
        host: endpoint.host,
        'x-amz-content-sha256': body === undefined ? NO_BODY : createHash('sha256').update(body).digest('hex'),
      },
    });
    const signed = await signer.sign(request, { signingDate: clock.now() });
    const answer = await exchange(
      {
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        port,
        path: request.path,
        method,
        headers: signed.headers,
        body,
      },
      {
        agent,
        timeoutMs: attemptTimeoutMs,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        maxBytes: (status) => (status === 200 && operation === 'GetObject' ? maxObjectBytes : MAX_ERROR_BYTES),
        lease: call.lease,
        signal: call.signal,
      },
    ).catch(withoutLongError);
    if (answer.status >= 300) throw new S3Error(answer);
    requireSuccess(operation, answer);
    return answer;
  };
  return {
    send: (request, call) =>
      inS3Span(request.operation, { bucketName, region }, () => retries.run(() => attempt(request, call), call.signal)),
    close: () => agent.destroy(),
  };
}

/**
 * The SDK's endpoint rules know partitions and buckets with dots. Path style for other S3 servers, which have no DNS
 * name per bucket.
 */
function endpointOf({ region, endpoint, bucketName }: StorageConfig): URL {
  const sdk = new SdkClient({ region });
  return sdk.config.endpointProvider({
    Region: region,
    Bucket: bucketName,
    UseFIPS: false,
    UseDualStack: false,
    ...(endpoint === undefined ? {} : { Endpoint: endpoint, ForcePathStyle: true }),
  }).url;
}

const NO_BODY = createHash('sha256').digest('hex');

/** SigV4 also encodes the RFC 3986 reserved characters that encodeURIComponent leaves. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Turns an error answer with a too long body into one without a body: its status is enough. */
function withoutLongError(error: unknown): Answer {
  if (error instanceof AnswerTooLarge && error.status >= 300) {
    return { status: error.status, headers: {}, body: Buffer.alloc(0) };
  }
  throw error;
}
