import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { XMLParser } from 'fast-xml-parser';
import type { ResolvedBackend } from '../../../engines';
import { versitygwCommand } from '../../../engines/versitygw';
import { AwsError } from '../../../kernel/contracts';
import { escapeUri } from '../../../kernel/sigv4/canonical-request';
import type { S3Answer, S3Backend } from '../contracts';
import type { S3Request } from '../s3-request';
import { KeyQueue } from './key-queue';
import { startServerProcess } from './server-process';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
}

/** Hop-by-hop headers, the signature and the body's encoding: they apply to the front only and are not passed on. */
const ownHeaders =
  /^(authorization|connection|content-length|expect|host|keep-alive|transfer-encoding|x-amz-(content-sha256|date|decoded-content-length|sdk-checksum-algorithm|security-token|trailer))$/;
const hopHeaders = /^(connection|keep-alive|transfer-encoding|date|server)$/;
const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'Bucket' });

/**
 * A real S3 server behind the front: requests are signed again with a key that only the front and the server have, and
 * streamed.
 */
export async function startGatewayS3(
  backend: ResolvedBackend,
  options: { readonly directory: string; readonly region: string; readonly now: () => Date },
): Promise<S3Backend> {
  const directory = join(options.directory, 's3');
  const keys = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(30).toString('hex') };
  const server = await startServerProcess({
    directory,
    health: '/health',
    command: (port) => versitygwCommand(backend, { directory, port, region: options.region, ...keys }),
  });
  const agent = new Agent({ keepAlive: true });
  const signer = new SignatureV4({
    service: 's3',
    region: options.region,
    credentials: keys,
    sha256: Sha256,
    uriEscapePath: false,
  });
  const send = async ({ method, url, headers, body }: Call): Promise<IncomingMessage> => {
    const [path = '/', query] = url.split('?');
    const request = new HttpRequest({
      method,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: { ...headers, host: `127.0.0.1:${server.port}`, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    // System clock: the S3 server is another process and checks the signature against its own clock.
    const signed = await signer.sign(request);
    const call = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      method,
      path: url,
      headers: signed.headers,
      agent,
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve);
      call.once('error', reject);
    });
    // If the body fails its check, the request is destroyed before its last piece is sent, so nothing is stored.
    const sent = pipeline(Readable.from(body, { objectMode: false }), call);
    await Promise.race([answered, sent.then(() => answered)]);
    return answered;
  };
  const simple = async (method: string, url: string, body = Buffer.alloc(0)) => {
    const headers = { 'content-length': String(body.length) };
    const response = await send({ method, url, headers, body: once(body) });
    const text = Buffer.concat(await response.toArray());
    if ((response.statusCode ?? 500) >= 400) throw readError(response.statusCode ?? 500, text.toString());
    return text;
  };
  const bucketUrl = (name: string) => `/${escapeUri(name)}`;
  const writers = new KeyQueue();
  const answer = async (request: S3Request, body: AsyncIterable<Buffer>): Promise<S3Answer> => {
    const response = await send({
      method: request.method,
      url: forwardedUrl(request),
      headers: forwarded(request),
      body,
    });
    const status = response.statusCode ?? 500;
    const reading = request.operation === 'GetObject' || request.operation === 'HeadObject';
    if (status === 404 && reading) {
      const text = Buffer.concat(await response.toArray()).toString();
      if (request.method === 'HEAD') throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
      throw readError(status, text);
    }
    return { status, headers: answerHeaders(response), body: response };
  };
  return {
    label: backend.label,
    answer: (request, body) => {
      if (request.headers['if-none-match'] !== '*' || request.method !== 'PUT') return answer(request, body);
      // versitygw refuses `If-None-Match: *` over a delete marker, S3 accepts it. So the front checks it, one writer at
      // a time.
      return writers.run(request.resource, async () => {
        const head = await send({
          method: 'HEAD',
          url: forwardedUrl(request),
          headers: {},
          body: once(Buffer.alloc(0)),
        });
        head.resume();
        if (head.statusCode === 200) {
          const message = 'At least one of the pre-conditions you specified did not hold';
          throw new AwsError('PreconditionFailed', message, 412, { Condition: 'If-None-Match' });
        }
        const { 'if-none-match': _decided, ...headers } = request.headers;
        return answer({ ...request, headers }, body);
      });
    },
    createBucket: async (name) => void (await simple('PUT', bucketUrl(name))),
    configureBucket: async (name, { versioning }) => {
      if (versioning === undefined) return;
      const xml = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${versioning}</Status></VersioningConfiguration>`;
      await simple('PUT', `${bucketUrl(name)}?versioning=`, Buffer.from(xml));
    },
    deleteBucket: async (name) => {
      await simple('DELETE', bucketUrl(name)).catch((error: unknown) => {
        if (!(error instanceof AwsError && error.code === 'NoSuchBucket')) throw error;
      });
    },
    readObject: (bucket, key) => simple('GET', `${bucketUrl(bucket)}/${key.split('/').map(escapeUri).join('/')}`),
    listBuckets: async () => {
      const document = parser.parse((await simple('GET', '/')).toString()) as {
        ListAllMyBucketsResult?: { Buckets?: { Bucket?: readonly { Name?: string }[] } };
      };
      return (document.ListAllMyBucketsResult?.Buckets?.Bucket ?? []).map(({ Name }) => Name ?? '');
    },
    close: async () => {
      agent.destroy();
      await server.close();
    },
  };
}

/** Path and query without the parameters of a presigned URL. */
function forwardedUrl(request: S3Request): string {
  const path = `/${[request.bucket, ...request.key.split('/')].map(escapeUri).join('/')}`;
  const bare = request.key === '' ? `/${escapeUri(request.bucket)}` : path;
  const query = [...request.query]
    .filter(([name]) => !name.startsWith('X-Amz-'))
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .join('&');
  return query === '' ? bare : `${bare}?${query}`;
}

function forwarded(request: S3Request): Readonly<Record<string, string>> {
  const { headers } = request;
  const kept = Object.entries(headers)
    .filter(([name]) => !ownHeaders.test(name))
    .map(
      ([name, value]) => [name, name === 'content-encoding' ? value.replace(/^aws-chunked,?\s*/, '') : value] as const,
    )
    .filter(([, value]) => value !== '');
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  const bodiless = request.method === 'GET' || request.method === 'HEAD';
  return { ...Object.fromEntries(kept), ...(!bodiless && { 'content-length': length ?? '0' }) };
}

function answerHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers)
      .filter(([name]) => !hopHeaders.test(name))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );
}

function readError(status: number, text: string): AwsError {
  const { Error: error = {} } = parser.parse(text) as { Error?: { Code?: string; Message?: string } };
  return new AwsError(error.Code ?? 'InternalError', error.Message ?? text.slice(0, 200), status);
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  if (buffer.length > 0) yield buffer;
}
