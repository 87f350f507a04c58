import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/contracts';
import type { Verified } from '../../../kernel/sigv4/verify';
import { ChunkSigner, decodeAwsChunked } from './aws-chunked';
import { type Checksum, checksumHeaders, createChecksum } from './checksums';

const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const signedStreams = new Set(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER']);

/**
 * A request's body after decoding `aws-chunked` and verifying signature, hash, checksums (in headers or trailers) and
 * length. The last piece is held back until every check has passed, so no wrong body is ever stored whole. Throws
 * XAmzContentSHA256Mismatch, BadDigest, IncompleteBody, SignatureDoesNotMatch.
 */
export async function* verifiedBody(
  source: AsyncIterable<Buffer>,
  headers: Readonly<Record<string, string>>,
  verified: Verified,
): AsyncGenerator<Buffer> {
  const declared = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const trailers = new Map<string, string>();
  const pieces = open(source, declared, verified, trailers);
  const sha256 = /^[0-9a-f]{64}$/.test(declared) ? createHash('sha256') : undefined;
  const announced = announcedChecksums(headers);
  let held: Buffer | undefined;
  let length = 0;
  for await (const piece of pieces) {
    sha256?.update(piece);
    for (const checksum of announced.values()) checksum.update(piece);
    length += piece.length;
    if (held !== undefined) yield held;
    held = piece;
  }
  if (sha256 !== undefined && sha256.digest('hex') !== declared) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  checkLength(headers, length);
  for (const [name, checksum] of announced) checkChecksum(name, checksum, headers[name] ?? trailers.get(name));
  if (held !== undefined) yield held;
}

function open(
  source: AsyncIterable<Buffer>,
  declared: string,
  verified: Verified,
  trailers: Map<string, string>,
): AsyncIterable<Buffer> {
  if (declared === unsignedTrailer) return decodeAwsChunked(source, undefined, trailers);
  if (signedStreams.has(declared)) return decodeAwsChunked(source, new ChunkSigner(verified), trailers);
  if (declared === 'UNSIGNED-PAYLOAD' || /^[0-9a-f]{64}$/.test(declared)) return source;
  throw new AwsError('InvalidRequest', `x-amz-content-sha256 must be a SHA-256 or a known marker, not "${declared}".`);
}

function announcedChecksums(headers: Readonly<Record<string, string>>): ReadonlyMap<string, Checksum> {
  const inTrailer = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const names = [...checksumHeaders(headers), ...inTrailer.filter((name) => name.startsWith('x-amz-checksum-'))];
  return new Map(names.map((name) => [name, createChecksum(name)]));
}

function checkLength(headers: Readonly<Record<string, string>>, length: number): void {
  const expected = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  if (expected === undefined || Number(expected) === length) return;
  throw new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}

function checkChecksum(name: string, checksum: Checksum, expected: string | undefined): void {
  if (expected === undefined) {
    throw new AwsError('MalformedTrailerError', `The trailer ${name} is in x-amz-trailer, but not in the body.`);
  }
  if (checksum.digest() === expected) return;
  const what = name === 'content-md5' ? 'Content-MD5' : `${name.replace('x-amz-checksum-', '').toUpperCase()}`;
  throw new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);
}
