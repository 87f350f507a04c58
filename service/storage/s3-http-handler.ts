/** How the SDK's requests reach S3: each answer is read whole, within its attempt's time and the bytes of the request that it is for. */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { buildQueryString, type HttpHandler, HttpResponse } from '@smithy/core/protocols';
import type { HttpHandlerOptions, HttpRequest } from '@smithy/types';
import type { Lease } from '../memory/byte-budget';
import { type Answer, AnswerTooLarge, exchange } from '../outgoing/exchange';
import { StorageError } from './errors';

/** What a call gives to `S3Client.send` beside its command, and gets back. */
export interface CallOptions extends HttpHandlerOptions {
  readonly lease: Lease;
  /** Set by the handler: the last answer of S3. The SDK would copy the body once more. */
  answer?: Answer;
}

export interface S3HttpHandlerOptions {
  /** For one attempt, its answer included (ms). */
  readonly attemptTimeoutMs: number;
  /** Objects that are larger are no documents of this service. */
  readonly maxObjectBytes: number;
}

const CONNECT_TIMEOUT_MS = 1000;
/** Longer errors are not S3's. */
const MAX_ERROR_BYTES = 64 * 1024;
/** As many connections as requests may be in flight by default. */
const AGENT = { keepAlive: true, maxSockets: 256 };

/** Throws what `exchange` throws, and StorageError for a success that S3 does not give (docs/service.md, "Errors"). */
export function createS3HttpHandler({ attemptTimeoutMs, maxObjectBytes }: S3HttpHandlerOptions): HttpHandler {
  const agents = { 'http:': new http.Agent(AGENT), 'https:': new https.Agent(AGENT) };
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, options) {
      const call = options as CallOptions;
      const { protocol, hostname, port, method, headers, body } = request;
      const query = buildQueryString(request.query);
      const maxBytes = (status: number) => (status === 200 && method === 'GET' ? maxObjectBytes : MAX_ERROR_BYTES);
      const answer = await exchange(
        {
          protocol,
          hostname,
          port,
          method,
          headers,
          path: query === '' ? request.path : `${request.path}?${query}`,
          body: body as Uint8Array | undefined,
        },
        {
          agent: protocol === 'https:' ? agents['https:'] : agents['http:'],
          timeoutMs: attemptTimeoutMs,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          maxBytes,
          lease: call.lease,
          signal: call.abortSignal as AbortSignal | undefined,
        },
      ).catch(withoutLongError);
      if (answer.status < 300) requireSuccess(request, answer);
      call.answer = answer;
      return { response: responseOf(method, answer) };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

/** Of an error that is too long its status is enough. */
function withoutLongError(error: unknown): Answer {
  if (error instanceof AnswerTooLarge && error.status >= 300)
    return { status: error.status, headers: {}, body: NOTHING };
  throw error;
}

const NOTHING = Buffer.alloc(0);

/** S3 answers these operations with 200; a write has no body and an ETag. Whatever else looks like success is somebody else's answer. */
function requireSuccess({ method }: HttpRequest, { status, headers, body }: Answer): void {
  const wrong =
    status !== 200
      ? `Status${status}`
      : method === 'PUT' && body.length > 0
        ? 'UnexpectedBody'
        : method === 'PUT' && entityTagOf(headers.etag) === undefined
          ? 'NoETag'
          : undefined;
  if (wrong === undefined) return;
  throw new StorageError('refused', wrong, { cause: new Error(`S3 does not answer ${method} so: ${wrong}.`) });
}

/** An ETag as HTTP has it (RFC 9110, 8.8.3); undefined for anything else. */
export function entityTagOf(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(header) ? header : undefined;
}

/** A success has no body here: the call has it already. Nor has an error that is no XML, in which the SDK's parser would lose the status. */
function responseOf(method: string, { status, headers, body }: Answer): HttpResponse {
  return new HttpResponse({
    statusCode: status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: status >= 300 ? errorDocumentIn(body) : method === 'GET' ? Readable.from([]) : NOTHING,
  });
}

function errorDocumentIn(body: Buffer): Buffer {
  return ERROR_DOCUMENT.test(body.toString('latin1', 0, 256)) ? body : NOTHING;
}

const ERROR_DOCUMENT = /^\s*(?:<\?xml[^>]*\?>\s*)?<Error[\s>]/;
