import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../../../kernel/contracts';

export interface StoredObject {
  readonly key: string;
  readonly versionId: string;
  readonly lastModified: Date;
  /** Includes the quotation marks. */
  readonly etag: string;
  readonly size: number;
  /** Absent for a delete marker. */
  readonly file: string | undefined;
  /** Headers returned with the body: content-type, x-amz-meta-*, x-amz-checksum-*, … */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Bucket {
  readonly name: string;
  readonly createdAt: Date;
  versioning: 'Enabled' | 'Suspended' | undefined;
  /** Newest first. */
  readonly objects: Map<string, readonly StoredObject[]>;
}

/** Checks a write's conditions against the current object. Throws AwsError when they do not hold. */
export type WriteCondition = (current: StoredObject | undefined) => void;

/** Buckets in memory, bodies in files. Writes are atomic. */
export class ObjectStore {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly directory: string,
    private readonly now: () => Date,
  ) {}

  list(): readonly Bucket[] {
    return [...this.buckets.values()];
  }

  find(name: string): Bucket | undefined {
    return this.buckets.get(name);
  }

  require(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket !== undefined) return bucket;
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
  }

  create(name: string): void {
    if (this.buckets.has(name)) {
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        409,
      );
    }
    this.buckets.set(name, { name, createdAt: this.now(), versioning: undefined, objects: new Map() });
  }

  delete(name: string): void {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return;
    if (bucket.objects.size > 0) {
      const versions = [...bucket.objects.values()].some((list) => list.length > 1 || list[0]?.file === undefined);
      const hint = versions ? ' You must delete all versions in the bucket.' : '';
      throw new AwsError('BucketNotEmpty', `The bucket you tried to delete is not empty.${hint}`, 409);
    }
    this.buckets.delete(name);
  }

  /** The newest version; undefined when there is none or it is a delete marker. */
  current(bucket: Bucket, key: string): StoredObject | undefined {
    const newest = bucket.objects.get(key)?.[0];
    return newest?.file === undefined ? undefined : newest;
  }

  version(bucket: Bucket, key: string, versionId: string): StoredObject | undefined {
    return bucket.objects.get(key)?.find((object) => object.versionId === versionId);
  }

  async put(
    bucket: Bucket,
    key: string,
    body: AsyncIterable<Buffer>,
    headers: Readonly<Record<string, string>>,
    condition: WriteCondition,
    givenEtag?: string,
  ): Promise<StoredObject> {
    condition(this.current(bucket, key));
    await mkdir(this.directory, { recursive: true });
    const file = join(this.directory, randomUUID());
    const md5 = createHash('md5');
    let size = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        md5.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(Readable.from(body), count, createWriteStream(file));
      // Checked again: another write may have finished while this body was arriving.
      condition(this.current(bucket, key));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    const etag = givenEtag ?? `"${md5.digest('hex')}"`;
    return this.commit(bucket, {
      key,
      versionId: this.newVersion(bucket),
      lastModified: this.now(),
      etag,
      size,
      file,
      headers,
    });
  }

  /** Deletes as S3 does: adds a marker in a versioned bucket, or removes the named version. */
  remove(bucket: Bucket, key: string, versionId?: string): { readonly versionId?: string; readonly marker: boolean } {
    const versions = bucket.objects.get(key) ?? [];
    if (versionId !== undefined) {
      const gone = versions.find((object) => object.versionId === versionId);
      this.keep(
        bucket,
        key,
        versions.filter((object) => object !== gone),
      );
      if (gone?.file !== undefined) void rm(gone.file, { force: true });
      return { versionId, marker: gone !== undefined && gone.file === undefined };
    }
    if (bucket.versioning === undefined) {
      this.keep(bucket, key, []);
      for (const { file } of versions) if (file !== undefined) void rm(file, { force: true });
      return { marker: false };
    }
    const marker = { key, lastModified: this.now(), etag: '', size: 0, file: undefined, headers: {} };
    const { versionId: made } = this.commit(bucket, { ...marker, versionId: this.newVersion(bucket) });
    return { versionId: made, marker: true };
  }

  open(object: StoredObject, range?: { readonly start: number; readonly end: number }): Readable {
    if (object.file === undefined) return Readable.from([]);
    if (object.size === 0) return Readable.from([]);
    return createReadStream(object.file, range ?? {});
  }

  private commit(bucket: Bucket, object: StoredObject): StoredObject {
    const older = (bucket.objects.get(object.key) ?? []).filter((other) => {
      const replaced = other.versionId === object.versionId;
      if (replaced && other.file !== undefined) void rm(other.file, { force: true });
      return !replaced;
    });
    bucket.objects.set(object.key, [object, ...older]);
    return object;
  }

  private keep(bucket: Bucket, key: string, versions: readonly StoredObject[]): void {
    if (versions.length === 0) bucket.objects.delete(key);
    else bucket.objects.set(key, versions);
  }

  private newVersion(bucket: Bucket): string {
    return bucket.versioning === 'Enabled' ? randomBytes(16).toString('hex') : 'null';
  }
}
