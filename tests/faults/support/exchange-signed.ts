import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Sends a request with the deployer's signature, whatever is in it. Throws when there is no answer in ten seconds. */
export async function exchangeSigned(
  endpoint: string,
  service: string,
  request: {
    method: string;
    path: string;
    query?: Record<string, string>;
    headers?: Record<string, string>;
    body?: Buffer;
  },
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> {
  const { hostname, host, port } = new URL(endpoint);
  const body = request.body ?? Buffer.alloc(0);
  const signer = new SignatureV4({
    service,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: request.method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: request.path,
      query: request.query ?? {},
      headers: { ...request.headers, host, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      body,
    }),
  );
  const { host: _, ...signed } = headers;
  const sent = body.length > 0 ? { ...signed, 'content-length': body.length } : signed;
  const query = Object.entries(request.query ?? {}).map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`);
  const path = `${request.path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return new Promise((resolve, reject) => {
    // One connection each: fetch would send the next request on one that the server is about to close.
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
