import { createServer, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** The query string's parameters and, for a form, the body's. */
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** Path parameters are decoded and in the order of the pattern's groups. */
export type Handler = (request: HttpRequest, ...parameters: string[]) => HttpAnswer | Promise<HttpAnswer>;
export type Route = readonly [method: 'GET' | 'POST' | 'ANY', pattern: RegExp, handler: Handler];

/** Something that a stand-in does not support: answered with 501 and the message. */
export class NotImplemented extends Error {
  override readonly name = 'NotImplemented';
}

/** The request is wrong: answered with 400 and the message. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

const maxBodyBytes = 32 * 1024 * 1024;

/** Listens; throws the listen error unchanged. A body that is an object is sent as JSON, a string as text. */
export async function listen(address: string, port: number, routes: readonly Route[], engine: string): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request, routes, engine)
      .catch((error: unknown) => ({ status: 500, body: `${engine} stand-in: ${String(error)}` }))
      .then((result: HttpAnswer) => {
        const isText = typeof result.body === 'string' || result.body === undefined;
        response.writeHead(result.status, {
          ...(result.body !== undefined && {
            'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
          }),
          ...result.headers,
        });
        response.end(isText ? result.body : JSON.stringify(result.body));
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return server;
}

async function answer(request: IncomingMessage, routes: readonly Route[], engine: string): Promise<HttpAnswer> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const method = request.method ?? 'GET';
  for (const [wanted, pattern, handler] of routes) {
    const match = pattern.exec(url.pathname);
    if (match === null || (wanted !== 'ANY' && wanted !== method)) continue;
    try {
      const body = await readBody(request);
      const query = new URLSearchParams(url.search);
      if (isForm(request)) for (const [name, value] of new URLSearchParams(body.toString())) query.append(name, value);
      const headers = request.headers as Record<string, string | undefined>;
      return await handler(
        { method, path: url.pathname, query, headers, body },
        ...match.slice(1).map(decodeURIComponent),
      );
    } catch (error) {
      if (error instanceof NotImplemented) return { status: 501, body: `${engine} stand-in: ${error.message}\n` };
      if (error instanceof BadRequest || error instanceof URIError) return { status: 400, body: `${error.message}\n` };
      throw error;
    }
  }
  return { status: 501, body: `${engine} stand-in: ${method} ${url.pathname} is not implemented\n` };
}

function isForm(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) throw new BadRequest(`the body is over ${maxBodyBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    throw new BadRequest(`the body is not gzip: ${(error as Error).message}`);
  }
}
