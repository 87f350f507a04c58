import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body: Buffer;
}

/** The SigV4 headers of a request, `host` included. S3's paths are signed as sent. */
export async function signedHeaders(
  endpoint: string,
  service: string,
  { method, path, query = {}, headers = {}, body }: Unsigned,
  credentials: Keys,
): Promise<Readonly<Record<string, string>>> {
  const { hostname, host, port } = new URL(endpoint);
  const signer = new SignatureV4({
    service,
    region: 'eu-west-1',
    credentials,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const signed = await signer.sign(
    new HttpRequest({
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      query,
      headers: { ...headers, host, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      body,
    }),
  );
  return signed.headers;
}

/** A signed POST that is not sent yet, so that a test can alter it, store it or send it twice. */
export async function signedPost(
  url: string,
  service: string,
  body: Buffer,
  credentials: Keys,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }> {
  const { pathname: path } = new URL(url);
  return { url, headers: await signedHeaders(url, service, { method: 'POST', path, body }, credentials), body };
}

export async function sendPost({ url, headers, body }: Awaited<ReturnType<typeof signedPost>>): Promise<number> {
  const { host: _, ...sent } = headers;
  const response = await fetch(url, { method: 'POST', headers: sent, body: new Uint8Array(body) });
  await response.arrayBuffer();
  return response.status;
}
