import { createHash, randomBytes } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { AwsError } from '../../../kernel/contracts';
import type { ObjectStore, StoredObject } from './object-store';

interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: Date;
  readonly headers: Readonly<Record<string, string>>;
  /** By part number. A repeated part replaces the earlier one. */
  readonly parts: Map<number, { readonly etag: string; readonly body: Buffer }>;
}

const parser = new XMLParser({ isArray: (name) => name === 'Part', parseTagValue: false });

/** Unfinished multipart uploads. They are in memory, because on a laptop those of this stack's engines are small. */
export class Uploads {
  private readonly uploads = new Map<string, Upload>();

  constructor(
    private readonly store: ObjectStore,
    private readonly now: () => Date,
  ) {}

  begin(bucket: string, key: string, headers: Readonly<Record<string, string>>): Upload {
    const id = randomBytes(16).toString('hex');
    const { name } = this.store.require(bucket);
    const upload: Upload = { id, bucket: name, key, initiated: this.now(), headers, parts: new Map() };
    this.uploads.set(id, upload);
    return upload;
  }

  async addPart(bucket: string, key: string, query: URLSearchParams, body: AsyncIterable<Buffer>): Promise<string> {
    const upload = this.require(bucket, key, query);
    const number = Number(query.get('partNumber'));
    if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) {
      throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive', 400);
    }
    const whole = await read(body);
    const etag = `"${createHash('md5').update(whole).digest('hex')}"`;
    upload.parts.set(number, { etag, body: whole });
    return etag;
  }

  /** Joins the listed parts to one object. Throws InvalidPart, InvalidPartOrder, MalformedXML. */
  async complete(
    bucket: string,
    key: string,
    query: URLSearchParams,
    body: AsyncIterable<Buffer>,
  ): Promise<StoredObject> {
    const upload = this.require(bucket, key, query);
    const wanted = readParts(await read(body));
    if (wanted.some(({ number }, index) => index > 0 && number <= (wanted[index - 1]?.number ?? 0))) {
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.', 400);
    }
    const parts = wanted.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part !== undefined && part.etag.replaceAll('"', '') === etag.replaceAll('"', '')) return part.body;
      throw new AwsError('InvalidPart', 'One or more of the specified parts could not be found.', 400);
    });
    const etag = multipartEtag(parts);
    const target = this.store.require(bucket);
    const object = await this.store.put(target, key, streamOf(parts), upload.headers, () => {}, etag);
    this.uploads.delete(upload.id);
    return object;
  }

  abort(bucket: string, key: string, query: URLSearchParams): void {
    this.uploads.delete(this.require(bucket, key, query).id);
  }

  /** At most 1,000 uploads, sorted by key, and whether there are more. */
  list(bucket: string): { readonly uploads: readonly Upload[]; readonly truncated: boolean } {
    const { name } = this.store.require(bucket);
    const all = [...this.uploads.values()].filter((upload) => upload.bucket === name);
    const sorted = all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return { uploads: sorted.slice(0, 1000), truncated: sorted.length > 1000 };
  }

  /** Deleting a bucket deletes its unfinished uploads. */
  forget(bucket: string): void {
    for (const { bucket: of, id } of this.uploads.values()) if (of === bucket) this.uploads.delete(id);
  }

  private require(bucket: string, key: string, query: URLSearchParams): Upload {
    this.store.require(bucket);
    const upload = this.uploads.get(query.get('uploadId') ?? '');
    if (upload !== undefined && upload.bucket === bucket && upload.key === key) return upload;
    throw new AwsError('NoSuchUpload', 'The specified upload does not exist.', 404);
  }
}

function readParts(body: Buffer): readonly { readonly number: number; readonly etag: string }[] {
  type Document = { CompleteMultipartUpload?: { Part?: readonly { PartNumber?: string; ETag?: string }[] } };
  const { CompleteMultipartUpload: request } = parser.parse(body.toString('utf8')) as Document;
  const parts = request?.Part;
  if (parts === undefined || parts.length === 0) {
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate', 400);
  }
  return parts.map(({ ETag = '', PartNumber }) => ({
    number: Number(PartNumber),
    etag: ETag.replaceAll('&quot;', '"'),
  }));
}

async function read(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* streamOf(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}

/** The MD5 of the parts' MD5s, and the number of parts. aws-facts: s3-multipart-etag */
function multipartEtag(parts: readonly Buffer[]): string {
  const digests = parts.map((part) => createHash('md5').update(part).digest());
  return `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`;
}
