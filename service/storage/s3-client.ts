/**
 * Three operations of S3, made of the AWS SDK's own parts (signer, retry strategy, endpoint rules, credentials) without its middleware
 * stack and serialization, which were the largest part of a data request's CPU (docs/decisions/s3-without-the-client.md).
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
  /** Of the object; empty for the bucket. */
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface S3Call {
  readonly signal: AbortSignal;
  readonly lease: Lease;
}

export interface S3ClientOptions extends StorageConfig {
  /** Objects that are larger are no documents of this service. */
  readonly maxObjectBytes: number;
}

/** `send` throws S3Error for what S3 refuses, StorageError for a success that S3 does not give, and what `exchange` throws. */
export interface S3 {
  send(request: S3Request, call: S3Call): Promise<Answer>;
  close(): void;
}

const METHODS = { PutObject: 'PUT', GetObject: 'GET', HeadBucket: 'HEAD' } as const;
const CONNECT_TIMEOUT_MS = 1000;
/** Longer errors are not S3's. */
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
  // Paths are encoded once, here; the payload's hash is given.
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

/** By the rules of the SDK for its partitions and for buckets with dots. Another S3 server has no DNS name for each bucket. */
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

/** As SigV4 wants it: what encodeURIComponent leaves of RFC 3986's reserved characters too. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Of an error that is too long its status is enough. */
function withoutLongError(error: unknown): Answer {
  if (error instanceof AnswerTooLarge && error.status >= 300) {
    return { status: error.status, headers: {}, body: Buffer.alloc(0) };
  }
  throw error;
}
