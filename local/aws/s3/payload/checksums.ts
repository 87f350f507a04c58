import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../../../kernel/contracts';

/** Checks a body, chunk by chunk, against the checksum in a header or trailer. */
export interface Checksum {
  update(chunk: Buffer): void;
  /** Base64, as in the header. */
  digest(): string;
}

const algorithms: Readonly<Record<string, () => Checksum>> = {
  'x-amz-checksum-crc32': () => crc(crc32),
  'x-amz-checksum-crc32c': () => crc(crc32c),
  'x-amz-checksum-sha1': () => hash(createHash('sha1')),
  'x-amz-checksum-sha256': () => hash(createHash('sha256')),
  'content-md5': () => hash(createHash('md5')),
};

/** The checksum for a header. Throws NotImplemented for algorithms that the local cloud does not have. */
export function createChecksum(header: string): Checksum {
  const algorithm = algorithms[header];
  if (algorithm !== undefined) return algorithm();
  throw new AwsError(
    'NotImplemented',
    `The local cloud cannot check ${header}; use CRC32, CRC32C, SHA1 or SHA256.`,
    501,
  );
}

/** The request's headers with a checksum of the body. */
export function checksumHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(headers).filter(
    (name) => name === 'content-md5' || (/^x-amz-checksum-/.test(name) && !/-(algorithm|mode|type)$/.test(name)),
  );
}

function hash(state: Hash): Checksum {
  return { update: (chunk) => void state.update(chunk), digest: () => state.digest('base64') };
}

function crc(step: (chunk: Buffer, value: number) => number): Checksum {
  let value = 0;
  return {
    update: (chunk) => {
      value = step(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
}

/** The Castagnoli polynomial in reversed bit order. */
const crc32cTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(chunk: Buffer, previous: number): number {
  let value = ~previous >>> 0;
  for (const byte of chunk) value = ((crc32cTable[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)) >>> 0;
  return ~value >>> 0;
}
