import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { operationOf } from './aws-operation';

/** The fault of a call: instead of serving it, or after. */
export type AwsEffect =
  /** An error response in the service's format; the call is not applied. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  /** The connection is reset before the call is served, or after it, when only the response is lost. */
  | { readonly kind: 'cut'; readonly applied: boolean }
  /** No response until the caller gives up; the call is not applied. */
  | { readonly kind: 'hang' }
  /** Served when `until` resolves; `reached` is called when the call arrives. */
  | { readonly kind: 'held'; readonly reached: () => void; readonly until: Promise<void> }
  /** Raw bytes as the response. */
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

export interface AwsFault {
  /** `PutObject`, `CreateWorkspace`, … */
  readonly operation: string;
  readonly effect: AwsEffect;
  readonly times: number;
}

/**
 * Stands between SDK clients and the local cloud on a port of 127.0.0.1. The cloud refuses foreign Host headers, which
 * SigV4 signs, so a call that passes is signed again with the deployer's keys.
 */
export async function startAwsFaultProxy() {
  let target = '';
  let planted: { readonly fault: AwsFault; left: number } | undefined;
  let hits = 0;
  const seen: string[] = [];
  const tokens: string[] = [];

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation = operationOf(request, body);
    seen.push(operation);
    const effect = take(operation);
    if (effect?.kind === 'hang') return;
    if (effect?.kind === 'cut' && !effect.applied) return void request.socket.destroy();
    if (effect?.kind === 'error') return answerError(request, response, effect);
    if (effect?.kind === 'raw') return void response.writeHead(effect.status, effect.headers).end(effect.body);
    if (effect?.kind === 'held') {
      effect.reached();
      await effect.until;
    }
    const answer = await forward(request, body);
    if (operation === 'CreateWorkspaceServiceAccountToken') tokens.push(keyIn(answer.body));
    if (effect?.kind === 'cut') return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  function take(operation: string): AwsEffect | undefined {
    if (planted === undefined || planted.left <= 0 || planted.fault.operation !== operation) return undefined;
    planted.left -= 1;
    hits += 1;
    return planted.fault.effect;
  }

  async function forward(request: IncomingMessage, body: Buffer) {
    const signed = await signAgain(request, body, target);
    return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
      const onward = httpRequest(`${target}${request.url}`, {
        method: request.method,
        headers: { ...signed, 'content-length': body.length },
        agent: false,
      });
      onward.on('error', reject).on('response', (answer) => {
        const received: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => received.push(chunk));
        answer.on('end', () => {
          const { connection: _, ...headers } = answer.headers;
          resolve({ status: answer.statusCode ?? 502, headers, body: Buffer.concat(received) });
        });
        answer.on('error', reject);
      });
      onward.end(body);
    });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Operations in order of arrival. */
    seen,
    /** The secret of every Grafana token that was created. */
    tokens,
    pointAt(endpoint: string) {
      target = endpoint;
      planted = undefined;
      seen.length = 0;
    },
    plant(fault: AwsFault) {
      hits = 0;
      planted = { fault, left: fault.times };
    },
    /** Removes the fault; returns the number of calls that it hit. */
    heal(): number {
      planted = undefined;
      return hits;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type AwsFaultProxy = Awaited<ReturnType<typeof startAwsFaultProxy>>;

function keyIn(body: Buffer): string {
  const { serviceAccountToken } = JSON.parse(body.toString('utf8')) as { serviceAccountToken?: { key?: string } };
  return serviceAccountToken?.key ?? '';
}

async function signAgain(request: IncomingMessage, body: Buffer, target: string): Promise<Record<string, string>> {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const url = new URL(request.url ?? '/', target);
  const { authorization: _, 'x-amz-date': __, host: ___, connection: ____, ...kept } = request.headers;
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name);
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method ?? 'GET',
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: {
        ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)])),
        host: url.host,
      },
      body,
    }),
  );
  return signed.headers;
}

function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code }: { readonly status: number; readonly code: string },
): void {
  if (request.headers.authorization?.includes('/s3/') === true || request.headers.authorization?.includes('/ec2/')) {
    const text = request.headers.authorization.includes('/s3/')
      ? `<?xml version="1.0"?><Error><Code>${code}</Code><Message>planted</Message></Error>`
      : `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>planted</Message></Error></Errors></Response>`;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
    return;
  }
  const type = request.headers['x-amz-target'] === undefined ? 'application/json' : 'application/x-amz-json-1.1';
  response
    .writeHead(status, { 'content-type': type, 'x-amzn-errortype': code })
    .end(JSON.stringify({ __type: code, message: 'planted' }));
}

/** Node's SHA-256 with the signer's interface. */
class Sha256 {
  private readonly hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', typeof secret === 'string' ? secret : bytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === 'string' ? data : bytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {
    throw new Error('a hash is used once');
  }
}

function bytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
