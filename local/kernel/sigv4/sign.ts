import { canonicalRequest, type Scope, scopeText, signature } from './canonical-request';

/** Adds a SigV4 signature over all of the headers. They must include `host`. */
export function signHeaders(request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly region: string;
  readonly service: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly payloadHash: string;
  readonly now: Date;
}): Readonly<Record<string, string>> {
  const timestamp = request.now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers = { ...request.headers, 'x-amz-date': timestamp, 'x-amz-content-sha256': request.payloadHash };
  const signedHeaders = Object.keys(headers).sort();
  const scope: Scope = { date: timestamp.slice(0, 8), region: request.region, service: request.service };
  const canonical = canonicalRequest({ ...request, headers, signedHeaders });
  const proof = signature(request.secretAccessKey, scope, timestamp, canonical);
  const credential = `${request.accessKeyId}/${scopeText(scope)}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${proof}`,
  };
}
