import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { accessDenied } from '../../kernel/access/authorize';
import { AwsError, type Grant, type Principal, type ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { asAwsError, writeError } from '../../kernel/protocols/errors';
import { flatHeaders } from '../../kernel/serve-aws-request';
import { readAuthorization } from '../../kernel/sigv4/authorization';
import type { Verified } from '../../kernel/sigv4/verify';
import { checkBucketName } from './bucket-name';
import { BucketPolicies, bucketResources } from './bucket-resources';
import type { S3Answer, S3Backend } from './contracts';
import { readDeleteRequest } from './delete-request';
import { grantsOf, listGrant } from './grants';
import { verifiedBody } from './payload/verified-body';
import { readS3Request, type S3Request } from './s3-request';

/** A DeleteObjects body has at most 1,000 keys of 1,024 bytes. */
const maxDeleteBody = 4 * 1024 * 1024;

/**
 * Amazon S3's front: verifies the signature, the caller's role, the bucket's policy and the body, then passes the
 * request to the backend. Bodies are streamed, so it handles raw requests.
 */
export function createS3(kernel: LocalKernel, backend: S3Backend): ServiceModule {
  const policies = new BucketPolicies();
  kernel.provide({ readObject: (bucket, key) => backend.readObject(bucket, key) });
  kernel.registerRaw(async (message, response) => {
    const headers = flatHeaders(message);
    const url = message.url ?? '/';
    if (signingName(url, headers) !== 's3') return false;
    await serve(kernel, backend, policies, { message, response, headers, url });
    return true;
  });
  return {
    signingNames: [],
    handle: async () => {
      throw new AwsError('UnsupportedOperation', 'S3 is served from raw requests only.');
    },
    resources: bucketResources(kernel, backend, policies),
    close: () => backend.close(),
  };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
}

async function serve(
  kernel: LocalKernel,
  backend: S3Backend,
  policies: BucketPolicies,
  { message, response, headers, url }: Exchange,
): Promise<void> {
  const started = performance.now();
  const requestId = randomUUID();
  const method = message.method ?? 'GET';
  let operation = 'unknown';
  let principal: string | undefined;
  let error: AwsError | undefined;
  let answer: S3Answer;
  let resource = url.split('?')[0] ?? url;
  try {
    const verified = kernel.verify({ method, url, headers, payloadHash: payloadHash(url, headers) });
    principal = verified.principal.arn;
    const request = readS3Request(method, url, headers);
    ({ operation, resource } = request);
    answer = await authorised(kernel, backend, policies, request, verified, message);
  } catch (thrown) {
    error = asAwsError(thrown);
    if (thrown !== error && !kernel.closing.aborted)
      process.stderr.write(`local cloud: ${String((thrown as Error).stack ?? thrown)}\n`);
    const named = new AwsError(error.code, error.message, error.status, { Resource: resource, ...error.members });
    const { status, headers: errorHeaders = {}, body = '' } = writeError(named, 's3', requestId);
    answer = { status, headers: errorHeaders, body };
  }
  await write(message, response, answer, requestId).catch((failure: unknown) => abandon(response, failure));
  kernel.journal({
    service: 's3',
    operation,
    method,
    path: url,
    status: answer.status,
    ms: Math.round(performance.now() - started),
    ...(principal !== undefined && { principal }),
    ...(error !== undefined && { error: `${error.code}: ${error.message}` }),
  });
}

async function authorised(
  kernel: LocalKernel,
  backend: S3Backend,
  policies: BucketPolicies,
  request: S3Request,
  verified: Verified,
  message: IncomingMessage,
): Promise<S3Answer> {
  const { principal } = verified;
  // When a body is refused, the connection must stay open until the response is written.
  const source: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
  let body: AsyncIterable<Buffer> = verifiedBody(source, request.headers, verified);
  let keys: readonly string[] = [];
  if (request.operation === 'DeleteObjects') {
    const whole = await collect(body, maxDeleteBody);
    keys = readDeleteRequest(whole).objects.map((object) => object.key);
    body = once(whole);
  }
  for (const grant of grantsOf(request, kernel.partition, keys))
    allow(kernel, policies, request.bucket, principal, grant);
  if (request.operation === 'CreateBucket') checkBucketName(request.bucket);
  try {
    return await backend.answer(request, body);
  } catch (error) {
    const missing = error instanceof AwsError && (error.code === 'NoSuchKey' || error.code === 'NotFound');
    if (!missing) throw error;
    // Without permission to list a bucket, a caller must not learn which objects are missing.
    const hidden = !isAllowed(kernel, policies, request.bucket, principal, listGrant(request, kernel.partition));
    if (hidden)
      throw new AwsError(
        'AccessDenied',
        `User: ${principal.arn} is not authorized to perform: s3:ListBucket on resource: "${listGrant(request, kernel.partition).resource}" because no identity-based policy allows the s3:ListBucket action`,
        403,
      );
    throw error;
  }
}

/** An explicit deny in the bucket's policy wins. Within one account its allow is enough by itself. */
function allow(
  kernel: LocalKernel,
  policies: BucketPolicies,
  bucket: string,
  principal: Principal,
  grant: Grant,
): void {
  const decision = policies.decide(bucket, principal, grant);
  if (decision === 'denied') throw accessDenied(principal, grant, true);
  if (decision !== 'allowed') kernel.authorize(principal, [grant]);
}

function isAllowed(
  kernel: LocalKernel,
  policies: BucketPolicies,
  bucket: string,
  principal: Principal,
  grant: Grant,
): boolean {
  try {
    allow(kernel, policies, bucket, principal, grant);
    return true;
  } catch {
    return false;
  }
}

async function write(
  message: IncomingMessage,
  response: ServerResponse,
  answer: S3Answer,
  requestId: string,
): Promise<void> {
  if (response.destroyed) return;
  // The rest of a refused body is still arriving: it is discarded, and the connection is not reused.
  const unread = !message.complete;
  if (unread) message.resume();
  response.writeHead(answer.status, {
    'x-amz-request-id': requestId,
    'x-amz-id-2': 'local',
    ...(unread && { connection: 'close' }),
    ...answer.headers,
  });
  const { body } = answer;
  if (body === undefined || message.method === 'HEAD') {
    response.end();
    if (typeof body === 'object' && 'destroy' in body) body.destroy();
  } else if (typeof body === 'string' || Buffer.isBuffer(body)) response.end(body);
  else await pipeline(body, response);
}

/** If the answer cannot be written whole, the client must not wait for the rest. */
function abandon(response: ServerResponse, failure: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  process.stderr.write(`local cloud: ${String((failure as Error).stack ?? failure)}\n`);
  response.writeHead(500, { connection: 'close' }).end();
}

function payloadHash(url: string, headers: Readonly<Record<string, string>>): string {
  const declared = headers['x-amz-content-sha256'];
  if (declared !== undefined || url.includes('X-Amz-Signature=')) return declared ?? 'UNSIGNED-PAYLOAD';
  throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
}

function signingName(url: string, headers: Readonly<Record<string, string>>): string | undefined {
  try {
    return readAuthorization({ url, headers })?.scope.service;
  } catch {
    return undefined;
  }
}

async function collect(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > limit) throw new AwsError('MaxMessageLengthExceeded', 'Your request was too large.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  yield buffer;
}
