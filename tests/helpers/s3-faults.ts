/**
 * A small S3 that fails on demand: PutObject, GetObject and HeadBucket over HTTP, path-style, with SigV4 verified. A
 * real S3 server cannot be made to hang, to truncate a body or to throttle.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Call {
  readonly operation: 'PutObject' | 'GetObject' | 'HeadBucket' | 'Other';
  readonly key: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** The fault that replaces the response. */
export type Fault =
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** The connection is reset without a response. */
  | { readonly kind: 'reset' }
  /** Never responds. */
  | { readonly kind: 'hang' }
  /** Responds after this many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Any response. `goesOn` makes its body endless: as fast as it is read, or one chunk every 50 ms. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
      readonly goesOn?: 'endless' | 'drip';
    }
  /** Sends the headers of the whole object and half of its body, then resets the connection. */
  | { readonly kind: 'truncate' };

export interface FaultyS3 {
  readonly url: string;
  readonly bucket: string;
  readonly objects: Map<string, { readonly body: Buffer; readonly contentType: string | undefined }>;
  readonly calls: S3Call[];
  /** Decides for each call; undefined lets it through. */
  fault: (call: S3Call) => Fault | undefined;
  /** The accepted access keys. Replace them to expire the old ones. */
  credentials: readonly Credentials[];
  reset(): void;
  /** Resets every connection, so that hanging calls fail. */
  hangUp(): void;
  close(): Promise<void>;
}

export const REGION = 'eu-central-1';
export const CREDENTIALS: Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-only-for-tests' };

export async function startFaultyS3({
  bucket = 'documents',
  port = 0,
}: {
  bucket?: string;
  port?: number;
} = {}): Promise<FaultyS3> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const s3: FaultyS3 = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    objects: new Map(),
    calls: [],
    fault: () => undefined,
    credentials: [CREDENTIALS],
    reset() {
      s3.objects.clear();
      s3.calls.length = 0;
      s3.fault = () => undefined;
      s3.credentials = [CREDENTIALS];
    },
    hangUp: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request, response) => {
    void answer(s3, request, response).catch((error: unknown) =>
      sendError(response, 500, 'InternalError', String(error)),
    );
  });
  return s3;
}

async function answer(s3: FaultyS3, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const body = await readBody(request);
  const refused = await whyRefused(s3, request, body);
  if (refused !== undefined)
    return sendError(response, 403, refused, `${refused} for arn:aws:iam::123456789012:role/secret-role`);
  const { bucketName, key } = addressOf(request.url ?? '/');
  const call: S3Call = { operation: operationOf(request.method, key), key, headers: request.headers };
  s3.calls.push(call);
  const fault = s3.fault(call);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'reset') return void request.socket.destroy();
  if (fault?.kind === 'error') return sendError(response, fault.status, fault.code, fault.message ?? fault.code);
  if (fault?.kind === 'answer') return sendForEver(response, fault);
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms).unref());
  if (bucketName !== s3.bucket)
    return sendError(response, 404, 'NoSuchBucket', `The bucket ${bucketName} does not exist`);
  switch (call.operation) {
    case 'HeadBucket':
      response.writeHead(200).end();
      return;
    case 'PutObject': {
      if (request.headers['if-none-match'] === '*' && s3.objects.has(key)) {
        return sendError(
          response,
          412,
          'PreconditionFailed',
          'At least one of the pre-conditions you specified did not hold',
        );
      }
      s3.objects.set(key, { body, contentType: request.headers['content-type'] });
      response.writeHead(200, { ETag: etagOf(body), 'Content-Length': '0' }).end();
      return;
    }
    case 'GetObject': {
      const object = s3.objects.get(key);
      if (object === undefined) return sendError(response, 404, 'NoSuchKey', 'The specified key does not exist.');
      response.writeHead(200, {
        'Content-Type': object.contentType ?? 'binary/octet-stream',
        'Content-Length': object.body.length,
        ETag: etagOf(object.body),
      });
      if (fault?.kind === 'truncate') {
        response.write(object.body.subarray(0, object.body.length / 2), () => request.socket.destroy());
        return;
      }
      response.end(object.body);
      return;
    }
    default:
      return sendError(response, 501, 'NotImplemented', `${request.method} is not implemented here`);
  }
}

/** Verifies the signature by signing the request again. Returns S3's error code when the two differ. */
async function whyRefused(s3: FaultyS3, request: http.IncomingMessage, body: Buffer): Promise<string | undefined> {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (authorization === null) return 'AccessDenied';
  const [, accessKeyId, region, signedHeaders = '', signature] = authorization;
  const credentials = s3.credentials.find((known) => known.accessKeyId === accessKeyId);
  if (credentials === undefined)
    return request.headers['x-amz-security-token'] === undefined ? 'InvalidAccessKeyId' : 'ExpiredToken';
  if (region !== REGION) return 'AuthorizationHeaderMalformed';
  if (request.headers['x-amz-security-token'] !== credentials.sessionToken) return 'InvalidToken';
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed !== createHash('sha256').update(body).digest('hex') && claimed !== 'UNSIGNED-PAYLOAD')
    return 'XAmzContentSHA256Mismatch';
  const url = new URL(request.url ?? '/', s3.url);
  const kept = signedHeaders.split(';').map((name) => [name, String(request.headers[name] ?? '')] as const);
  const signer = new SignatureV4({
    service: 's3',
    region: REGION,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const again = await signer.sign(
    new HttpRequest({
      method: request.method ?? 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries([...kept, ['x-amz-content-sha256', String(claimed)]]),
      body,
    }),
    {
      signingDate: dateOf(String(request.headers['x-amz-date'])),
      signableHeaders: new Set(signedHeaders.split(';')),
    },
  );
  return again.headers['authorization']?.endsWith(`Signature=${signature}`) ? undefined : 'SignatureDoesNotMatch';
}

/** Node's SHA-256 with the signer's interface. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string | NodeJS.ArrayBufferView);
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function dateOf(amzDate: string): Date {
  return new Date(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function addressOf(url: string): { bucketName: string; key: string } {
  const path = new URL(url, 'http://s3').pathname;
  const [, bucketName = '', encoded = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucketName, key: decodeURIComponent(encoded) };
}

function operationOf(method: string | undefined, key: string): S3Call['operation'] {
  if (method === 'HEAD' && key === '') return 'HeadBucket';
  if (method === 'PUT' && key !== '') return 'PutObject';
  if (method === 'GET' && key !== '') return 'GetObject';
  return 'Other';
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function sendError(response: http.ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>TEST</RequestId></Error>`;
  response
    .writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) })
    .end(body);
}

async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Also used by other test servers. Ends when the client closes the connection, if not before. */
export function sendForEver(
  response: http.ServerResponse,
  answer: Omit<Extract<Fault, { kind: 'answer' }>, 'kind'>,
): void {
  const { status, headers = {}, body = '', goesOn } = answer;
  response.writeHead(status, headers);
  if (goesOn === undefined) {
    response.end(body);
    return;
  }
  const piece = body.length === 0 ? ' ' : body;
  const timer = goesOn === 'drip' ? setInterval(() => response.write(piece), 50) : undefined;
  const pour = () => {
    while (!response.destroyed && response.write(piece));
  };
  if (goesOn === 'endless') {
    response.on('drain', pour);
    pour();
  }
  response.once('close', () => clearInterval(timer));
}
