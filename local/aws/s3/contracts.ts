import type { Readable } from 'node:stream';
import type { S3Request } from './s3-request';

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
}

export interface BucketSettings {
  readonly versioning: 'Enabled' | 'Suspended' | undefined;
}

/** What stores the objects: the stand-in, or a real S3 server behind the front. Requests come authenticated and authorised. */
export interface S3Backend {
  /** Name for the table in the terminal. */
  readonly label: string;
  /** `body` has been verified; it throws when it turns out to be wrong, and then nothing may be stored. Throws AwsError. */
  answer(request: S3Request, body: AsyncIterable<Buffer>): Promise<S3Answer>;
  createBucket(name: string): Promise<void>;
  configureBucket(name: string, settings: BucketSettings): Promise<void>;
  /** Throws BucketNotEmpty; a bucket that is gone is done. */
  deleteBucket(name: string): Promise<void>;
  readObject(bucket: string, key: string): Promise<Buffer>;
  listBuckets(): Promise<readonly string[]>;
  close(): Promise<void>;
}
