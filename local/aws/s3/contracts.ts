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

/** Stores the objects: the stand-in, or a real S3 server. The front has authenticated and authorised the requests. */
export interface S3Backend {
  /** Name for the table in the terminal. */
  readonly label: string;
  /** `body` is verified while it is read. If it throws, nothing may be stored. Throws AwsError. */
  answer(request: S3Request, body: AsyncIterable<Buffer>): Promise<S3Answer>;
  createBucket(name: string): Promise<void>;
  configureBucket(name: string, settings: BucketSettings): Promise<void>;
  /** Throws BucketNotEmpty. A missing bucket is not an error. */
  deleteBucket(name: string): Promise<void>;
  readObject(bucket: string, key: string): Promise<Buffer>;
  listBuckets(): Promise<readonly string[]>;
  close(): Promise<void>;
}
