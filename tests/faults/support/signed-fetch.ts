import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A POST with its SigV4 headers, not yet sent: so that a test can spoil it, keep it or send it twice. */
export async function signedPost(
  url: string,
  service: string,
  body: Buffer,
  credentials: Keys,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }> {
  const { hostname, host, port, pathname } = new URL(url);
  const signer = new SignatureV4({ service, region: 'eu-west-1', credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: pathname,
      headers: { host, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      body,
    }),
  );
  return { url, headers, body };
}

export async function sendPost({ url, headers, body }: Awaited<ReturnType<typeof signedPost>>): Promise<number> {
  const { host: _, ...sent } = headers;
  const response = await fetch(url, { method: 'POST', headers: sent, body: new Uint8Array(body) });
  await response.arrayBuffer();
  return response.status;
}
