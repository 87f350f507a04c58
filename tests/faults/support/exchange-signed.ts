import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { signedHeaders, type Unsigned } from './signed-fetch';

/** Sends any request with the deployer's signature. Throws when there is no response in ten seconds. */
export async function exchangeSigned(
  endpoint: string,
  service: string,
  request: Omit<Unsigned, 'body'> & { readonly body?: Buffer },
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> {
  const { body = Buffer.alloc(0) } = request;
  const deployer = { accessKeyId: 'local', secretAccessKey: 'local' };
  const headers = await signedHeaders(endpoint, service, { ...request, body }, deployer);
  const { host: _, ...signed } = headers;
  const sent = body.length > 0 ? { ...signed, 'content-length': body.length } : signed;
  const query = Object.entries(request.query ?? {}).map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`);
  const path = `${request.path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return new Promise((resolve, reject) => {
    // A connection per request: fetch would reuse one that the server is about to close.
    const call = httpRequest(`${endpoint}${path}`, { method: request.method, headers: sent, agent: false });
    call.setTimeout(10_000, () => call.destroy(new Error('no answer in ten seconds')));
    call.on('error', reject).on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    call.end(body);
  });
}

export const escapeUri = (part: string) =>
  encodeURIComponent(part.toWellFormed()).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
