import { AwsError } from '../../../kernel/contracts';
import { hmac, scopeText, sha256Hex, signingKey } from '../../../kernel/sigv4/canonical-request';
import type { Verified } from '../../../kernel/sigv4/verify';

/** S3 also refuses chunks that are too large. SDKs send far smaller ones. */
const maxChunkBytes = 16 * 1024 * 1024;
const maxLineBytes = 16 * 1024;
const crlf = Buffer.from('\r\n');

/**
 * Decodes `aws-chunked` ("Transferring payload in multiple chunks", SigV4) and, when it is signed, verifies the
 * signature of every chunk and of the trailer before passing it on. Trailers are added to `trailers`.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  signer: ChunkSigner | undefined,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  for (;;) {
    const [sizeText = '', ...extensions] = (await reader.line()).split(';');
    if (!/^[0-9a-fA-F]{1,8}$/.test(sizeText)) throw malformed(`"${sizeText}" is not a chunk size.`);
    const size = Number.parseInt(sizeText, 16);
    if (size > maxChunkBytes) throw malformed(`A chunk of ${size} bytes is too large.`);
    const chunk = await reader.bytes(size);
    if (signer !== undefined) {
      const signature = extensions.find((item) => item.startsWith('chunk-signature='))?.slice(16) ?? '';
      signer.checkChunk(chunk, signature);
    }
    if (size === 0) break;
    yield chunk;
    if (!(await reader.bytes(2)).equals(crlf)) throw malformed('A chunk does not end where its size says.');
  }
  await readTrailers(reader, signer, trailers);
}

async function readTrailers(
  reader: ByteReader,
  signer: ChunkSigner | undefined,
  trailers: Map<string, string>,
): Promise<void> {
  for (;;) {
    const line = await reader.line({ endIsEmpty: true });
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon < 0) throw malformed(`"${line}" is not a trailer.`);
    trailers.set(line.slice(0, colon).toLowerCase().trim(), line.slice(colon + 1).trim());
  }
  const signature = trailers.get('x-amz-trailer-signature');
  trailers.delete('x-amz-trailer-signature');
  if (signer === undefined || (signature === undefined && trailers.size === 0)) return;
  const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('');
  signer.checkTrailer(text, signature ?? '');
}

/** The chain of chunk signatures of a streamed body. It starts with the request's signature. */
export class ChunkSigner {
  private previous: string;
  private readonly key: Buffer;

  constructor(private readonly verified: Pick<Verified, 'authorization' | 'secretAccessKey'>) {
    this.previous = verified.authorization.signature;
    this.key = signingKey(verified.secretAccessKey, verified.authorization.scope);
  }

  checkChunk(chunk: Buffer, signature: string): void {
    this.check('AWS4-HMAC-SHA256-PAYLOAD', [sha256Hex(''), sha256Hex(chunk)], signature);
  }

  checkTrailer(text: string, signature: string): void {
    this.check('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(text)], signature);
  }

  private check(algorithm: string, hashes: readonly string[], signature: string): void {
    const { timestamp, scope } = this.verified.authorization;
    const stringToSign = [algorithm, timestamp, scopeText(scope), this.previous, ...hashes].join('\n');
    const expected = hmac(this.key, stringToSign).toString('hex');
    if (expected !== signature) {
      throw new AwsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. (A chunk of the body.)',
        403,
      );
    }
    this.previous = expected;
  }
}

/** Reads lines and fixed numbers of bytes from a stream of buffers. */
class ByteReader {
  private buffered: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Buffer>;

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  async line(options: { readonly endIsEmpty?: boolean } = {}): Promise<string> {
    for (;;) {
      const end = this.buffered.indexOf(crlf);
      if (end >= 0) {
        const line = this.buffered.subarray(0, end).toString('latin1');
        this.buffered = this.buffered.subarray(end + 2);
        return line;
      }
      if (this.buffered.length > maxLineBytes) throw malformed('A chunk header is too long.');
      if (!(await this.more())) {
        if (options.endIsEmpty === true && this.buffered.length === 0) return '';
        throw incomplete();
      }
    }
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.buffered.length < count) if (!(await this.more())) throw incomplete();
    const bytes = this.buffered.subarray(0, count);
    this.buffered = this.buffered.subarray(count);
    return bytes;
  }

  private async more(): Promise<boolean> {
    const next = await this.source.next();
    if (next.done === true) return false;
    this.buffered = Buffer.concat([this.buffered, next.value]);
    return true;
  }
}

function malformed(message: string): AwsError {
  return new AwsError('InvalidRequest', `The aws-chunked body is malformed: ${message}`);
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
}
