import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type ControlPlane, roleCredentials, startControlPlane } from '../../kernel/support/control-plane';

let plane: ControlPlane;
let s3: S3Client;
const Bucket = 'documents';
beforeAll(async () => {
  plane = await startControlPlane();
  s3 = new S3Client({ ...plane.client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  await plane.close();
});

const put = (Key: string, Body: string, more = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more = {}) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return (await answer.Body?.transformToString()) ?? '';
};

describe('objects', () => {
  it.each(['plain', 'a/b/c.json', 'with space', 'plus+and%percent', 'ünïcødé-日本', "quote'(paren)!*", 'a=b&c?d#e'])(
    'round-trip under the key %s',
    async (Key) => {
      await put(Key, `value of ${Key}`, { ContentType: 'text/plain', Metadata: { run: '7' } });
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await answer.Body?.transformToString()).toBe(`value of ${Key}`);
      expect(answer).toMatchObject({ ContentType: 'text/plain', Metadata: { run: '7' } });
    },
  );

  it('have the MD5 of their body as ETag', async () => {
    const { ETag } = await put('etag', 'hello');
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  });

  it('arrive whole when they are streamed with signed trailers', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000, index));
    const length = 400_000;
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'streamed', Body: Readable.from(pieces), ContentLength: length }),
    );
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
    const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(Buffer.concat(pieces))).toBe(true);
  });

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('are checked by %s', async (ChecksumAlgorithm) => {
    await put(`sum-${ChecksumAlgorithm}`, 'hello', { ChecksumAlgorithm });
    expect(await read(`sum-${ChecksumAlgorithm}`)).toBe('hello');
  });

  it('are not stored when a checksum or a digest is wrong', async () => {
    await expect(put('bad', 'hello', { ChecksumSHA256: Buffer.alloc(32).toString('base64') })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(put('bad', 'hello', { ContentMD5: Buffer.alloc(16).toString('base64') })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(read('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('are read by range', async () => {
    await put('range', '0123456789');
    expect(await read('range', { Range: 'bytes=2-4' })).toBe('234');
    expect(await read('range', { Range: 'bytes=-3' })).toBe('789');
    await expect(read('range', { Range: 'bytes=20-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('are copied with their metadata', async () => {
    await put('source', 'copied', { Metadata: { a: '1' } });
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'target', CopySource: `${Bucket}/source` }));
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'target' }));
    expect(answer.Metadata).toEqual({ a: '1' });
  });

  it('that do not exist give NoSuchKey, and NotFound by HEAD', async () => {
    await expect(read('never')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'never' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'a' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });
});

describe('conditional writes', () => {
  it('let exactly one of many writers of a new key succeed', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => put('lock', `writer ${index}`, { IfNoneMatch: '*' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.name] : []));
    expect(new Set(reasons)).toEqual(new Set(['PreconditionFailed']));
  });

  it('replace an object only if it is the version that was read', async () => {
    const { ETag } = await put('owned', 'first');
    await put('owned', 'second', { IfMatch: ETag });
    await expect(put('owned', 'third', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await read('owned')).toBe('second');
  });
});

describe('a conditional write over a delete marker', () => {
  it('succeeds, as on AWS', async () => {
    await plane.s3.createBucket('locks');
    await plane.s3.configureBucket('locks', { versioning: 'Enabled' });
    const take = () => s3.send(new PutObjectCommand({ Bucket: 'locks', Key: 'lock', Body: 'x', IfNoneMatch: '*' }));
    await take();
    await s3.send(new DeleteObjectCommand({ Bucket: 'locks', Key: 'lock' }));
    await expect(take()).resolves.toBeDefined();
  });
});

describe('listings', () => {
  beforeAll(async () => {
    for (const key of ['list/a/1', 'list/a/2', 'list/b', 'list/c', 'list/d']) await put(key, key);
  });

  it('have pages and are sorted by key', async () => {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(ContinuationToken);
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(keys).toEqual(['list/a/1', 'list/a/2', 'list/b', 'list/c', 'list/d']);
  });
  const list = (ContinuationToken: string | undefined) =>
    s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken }));

  it('group keys into common prefixes', async () => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }));
    expect(page.CommonPrefixes).toEqual([{ Prefix: 'list/a/' }]);
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['list/b', 'list/c', 'list/d']);
  });
});

describe('versioned buckets', () => {
  it('keep old versions and delete markers until each is deleted by its version', async () => {
    const name = 'versioned';
    await plane.s3.createBucket(name);
    await plane.s3.configureBucket(name, { versioning: 'Enabled' });
    await s3.send(new PutObjectCommand({ Bucket: name, Key: 'k', Body: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket: name, Key: 'k', Body: 'two' }));
    await s3.send(new DeleteObjectCommand({ Bucket: name, Key: 'k' }));
    await expect(s3.send(new GetObjectCommand({ Bucket: name, Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await expect(s3.send(new DeleteBucketCommand({ Bucket: name }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: name }));
    expect([Versions.length, DeleteMarkers.length]).toEqual([2, 1]);
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key ?? '', VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket: name }));
    expect(await plane.s3.listBuckets()).not.toContain(name);
  });
});

describe('a role', () => {
  it('that may not list cannot learn that an object is missing', async () => {
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` };
    const { credentials } = await roleCredentials(plane.kernel, 'reader', [statement]);
    const client = new S3Client({ ...plane.client, credentials, forcePathStyle: true });
    await put('readable', 'yes');
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'readable' }));
    expect(await answer.Body?.transformToString()).toBe('yes');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'missing' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:PutObject'),
    });
  });
});

describe('an upload in parts', () => {
  const target = { Bucket, Key: 'in-parts' };
  const begin = async () => (await s3.send(new CreateMultipartUploadCommand(target))).UploadId;
  const add = async (UploadId: string | undefined, PartNumber: number, Body: string) => {
    const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const listed = async () => {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.map(({ Key, UploadId }) => ({ Key, UploadId }));
  };

  it('is listed until it is completed, and is then one object', async () => {
    const UploadId = await begin();
    const second = await add(UploadId, 2, 'world');
    await add(UploadId, 1, 'replaced');
    const first = await add(UploadId, 1, 'hello ');
    expect(await listed()).toEqual([{ Key: 'in-parts', UploadId }]);
    await expect(read('in-parts')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const complete = (...Parts: object[]) =>
      s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    await expect(complete(second, first)).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(first, { ...second, ETag: '"other"' })).rejects.toMatchObject({ name: 'InvalidPart' });
    const { ETag } = await complete(first, second);
    const md5 = (data: string | Buffer) => createHash('md5').update(data).digest();
    // aws-facts: s3-multipart-etag
    const whole = md5(Buffer.concat([md5('hello '), md5('world')])).toString('hex');
    expect(ETag).toBe(`"${whole}-2"`);
    expect(await read('in-parts')).toBe('hello world');
    expect(await listed()).toEqual([]);
  });

  it('is deleted when it is aborted; a part or a second abort is then refused', async () => {
    const UploadId = await begin();
    await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    expect(await listed()).toEqual([]);
    await expect(s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
    await expect(add(UploadId, 1, 'late')).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('an operation that the stand-in does not have', () => {
  it('is 501 with its name and how to get a real server', async () => {
    await expect(s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'plain' }))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('GetObjectTagging'),
    });
  });
});

describe('a name that cannot be sent in a header is refused', () => {
  it.each(['UPPER', 'a', 'with space', 'π', '\u0006x', '10.0.0.1'])('as a bucket: %j', async (name) => {
    const request = s3.send(new CreateBucketCommand({ Bucket: name }));
    await expect(request).rejects.toMatchObject({ name: 'InvalidBucketName', $metadata: { httpStatusCode: 400 } });
  });

  it.each(['π', 'a b', ''])('as a version: %j', async (VersionId) => {
    const request = s3.send(new DeleteObjectCommand({ Bucket, Key: 'plain', VersionId }));
    await expect(request).rejects.toMatchObject({ name: 'InvalidArgument', $metadata: { httpStatusCode: 400 } });
  });
});
