import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type AwsRequest, type AwsResponse, type Kernel, type ServiceModule } from './contracts';
import { maskBody } from './mask';
import { asAwsError, protocolOf, writeError } from './protocols/errors';
import { readAuthorization } from './sigv4/authorization';
import { sha256Hex, splitOnce } from './sigv4/canonical-request';

/** The largest request body of operations other than S3's. AWS's limits are smaller. */
const maxBodyBytes = 64 * 1024 * 1024;
/** Services whose requests are signed for us-east-1 from every region. */
const globalServices = new Set(['iam', 'sts']);

/**
 * Serves one SigV4-signed request: authenticates it, passes it to the service of its credential scope, journals it and
 * writes the response.
 */
export async function serveAwsRequest(
  kernel: Kernel,
  modules: readonly ServiceModule[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const requestId = randomUUID();
  const headers = flatHeaders(request);
  const url = request.url ?? '/';
  const service = readService(url, headers);
  let body: Buffer = Buffer.alloc(0);
  let principal: string | undefined;
  let answer: AwsResponse;
  let error: AwsError | undefined;
  try {
    body = await readBody(request, maxBodyBytes);
    const caller = kernel.authenticate({
      method: request.method ?? 'GET',
      url,
      headers,
      payloadHash: sha256Hex(body),
    });
    principal = caller.principal.arn;
    const module = modules.find((candidate) => candidate.signingNames.includes(caller.service));
    if (module === undefined) {
      throw new AwsError('UnsupportedOperation', `The local cloud does not have the service "${caller.service}".`);
    }
    checkRegion(caller.service, caller.region, kernel.region);
    const [rawPath, query] = splitOnce(url, '?');
    answer = await module.handle({
      method: request.method ?? 'GET',
      path: decodePath(rawPath),
      rawPath,
      query: new URLSearchParams(query),
      headers,
      body,
      principal: caller.principal,
      region: caller.region,
      service: caller.service,
      requestId,
    } satisfies AwsRequest);
  } catch (thrown) {
    error = asAwsError(thrown);
    if (thrown !== error && !kernel.closing.aborted) process.stderr.write(`local cloud: ${describe(thrown)}\n`);
    answer = {
      ...writeError(error, protocolOf(headers, service), requestId),
      operation: requestedOperation(headers, body),
    };
  }
  const masked = maskBody(body, headers['content-type'] ?? '');
  kernel.journal({
    service: service ?? 'unsigned',
    operation: answer.operation,
    method: request.method ?? 'GET',
    path: url,
    status: answer.status,
    ms: Math.round(performance.now() - started),
    ...(principal !== undefined && { principal }),
    ...(masked !== undefined && { body: masked }),
    ...(error === undefined
      ? answer.error !== undefined && { error: answer.error }
      : { error: `${error.code}: ${error.message}` }),
  });
  // After the journal, so that a client that has the response finds the line.
  write(response, answer, requestId);
}

/** Repeated headers are joined with a comma, as SigV4 joins them. Node has made the names lower-case. */
export function flatHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
}

/**
 * The whole body. Throws RequestEntityTooLargeException over the limit (bytes), and Node's error when the client
 * disconnects.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new AwsError('RequestEntityTooLargeException', `The body is over ${limit} bytes.`, 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, answer: AwsResponse, requestId: string): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
  response.writeHead(answer.status, {
    'x-amzn-requestid': requestId,
    'content-length': body.length,
    ...answer.headers,
  });
  response.end(body);
}

function checkRegion(service: string, region: string, own: string): void {
  if (region === own || globalServices.has(service)) return;
  throw new AwsError(
    'SignatureDoesNotMatch',
    `Credential should be scoped to a valid region: the local cloud is in ${own}, the request was signed for ${region}.`,
    403,
  );
}

function readService(url: string, headers: Readonly<Record<string, string>>): string | undefined {
  try {
    return readAuthorization({ url, headers })?.scope.service;
  } catch {
    return undefined;
  }
}

function requestedOperation(headers: Readonly<Record<string, string>>, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (target !== undefined) return target.split('.').at(-1) ?? target;
  return /(?:^|&)Action=(\w+)/.exec(body.subarray(0, 4096).toString('latin1'))?.[1] ?? 'unknown';
}

function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return rawPath;
  }
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
