import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { connectBuckets } from '../../../functions/adapters/buckets';
import { emptyBuckets } from '../../../functions/empty-buckets/empty-buckets';
import { systemClock } from '../../../functions/shared/clock';
import { contentsOf, fillBucket, filled } from '../../../tests/helpers/full-bucket';
import { startGatewayS3 } from '../../aws/s3/gateway';
import { isHere, resolveKind } from '../engines/contract/support/engine';
import { type ControlPlane, roleCredentials, startControlPlane } from '../kernel/support/control-plane';

const Bucket = 'documents';

if (!isHere('s3'))
  process.stderr.write('Not here: s3 (`npm run backends`). The front with a real server is skipped.\n');
const withS3 = isHere('s3') ? describe : describe.skip;

withS3('the front with a real S3 server behind it', () => {
  let plane: ControlPlane;
  let s3: S3Client;
  beforeAll(async () => {
    const backend = await resolveKind('s3', 'real');
    plane = await startControlPlane(undefined, (storage) => startGatewayS3(backend, storage));
    s3 = new S3Client({ ...plane.client, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
  }, 60_000);
  afterAll(async () => {
    s3?.destroy();
    await plane?.close();
  });

  const put = (Key: string, Body: string, more = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  };

  it('round-trips keys, streams, conditions and errors', async () => {
    for (const key of ['plain', 'a/b c/ü+%=&?#.json', "quote'(paren)!*"]) {
      await put(key, key, { ContentType: 'text/plain' });
      expect(await read(key)).toBe(key);
    }
    const pieces = Array.from({ length: 20 }, () => randomBytes(10_000));
    await s3.send(new PutObjectCommand({ Bucket, Key: 's', Body: Readable.from(pieces), ContentLength: 200_000 }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 's' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(Buffer.concat(pieces))).toBe(true);

    await put('lock', 'mine', { IfNoneMatch: '*' });
    await expect(put('lock', 'theirs', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(read('never')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'never' }))).rejects.toMatchObject({ name: 'NotFound' });
    const wrong = { ChecksumSHA256: Buffer.alloc(32).toString('base64') };
    await expect(put('bad', 'hello', wrong)).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(read('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['a/b c/ü+%=&?#.json']);
  });

  it('is emptied: versions, delete markers and unfinished uploads, page by page', async () => {
    const full = 'full';
    await s3.send(new CreateBucketCommand({ Bucket: full }));
    await plane.s3.configureBucket(full, { versioning: 'Enabled' });
    await fillBucket(s3, full);
    expect(await contentsOf(s3, full)).toEqual(filled);
    const emptied = await emptyBuckets(
      { names: [full] },
      { buckets: connectBuckets(s3), clock: systemClock, keep: false },
    );
    expect(emptied).toMatchObject({ status: 'READY', outcome: 'removed' });
    expect(await contentsOf(s3, full)).toEqual({ versions: 0, markers: 0, uploads: 0 });
    await s3.send(new DeleteBucketCommand({ Bucket: full }));
  }, 120_000);

  it('uploads in parts', async () => {
    const target = { Bucket, Key: 'parts' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
    const bodies = [randomBytes(5 * 1024 * 1024), randomBytes(1000)];
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for (const [index, Body] of bodies.entries()) {
      const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: index + 1, Body }));
      Parts.push({ ETag, PartNumber: index + 1 });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    const { ContentLength } = await s3.send(new HeadObjectCommand(target));
    expect(ContentLength).toBe(5 * 1024 * 1024 + 1000);
    const second = await s3.send(new CreateMultipartUploadCommand(target));
    await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId: second.UploadId }));
  });

  it('keeps the roles', async () => {
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` };
    const { credentials } = await roleCredentials(plane.kernel, 'reader', [statement]);
    const client = new S3Client({ ...plane.client, credentials, forcePathStyle: true });
    await put('readable', 'yes');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'readable' }))).resolves.toBeDefined();
    for (const command of [
      new GetObjectCommand({ Bucket, Key: 'missing' }),
      new HeadObjectCommand({ Bucket, Key: 'm' }),
    ]) {
      await expect(client.send(command as GetObjectCommand)).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 },
      });
    }
    client.destroy();
  });

  it('lets a conditional write pass over a delete marker, and one of many writers win', async () => {
    const name = 'locks';
    await plane.s3.createBucket(name);
    await plane.s3.configureBucket(name, { versioning: 'Enabled' });
    const take = () => s3.send(new PutObjectCommand({ Bucket: name, Key: 'lock', Body: 'mine', IfNoneMatch: '*' }));
    await take();
    await s3.send(new DeleteObjectCommand({ Bucket: name, Key: 'lock' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, take));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('empties and deletes a versioned bucket', async () => {
    await plane.s3.createBucket('versioned');
    await plane.s3.configureBucket('versioned', { versioning: 'Enabled' });
    for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket: 'versioned', Key: 'k', Body }));
    await expect(s3.send(new DeleteBucketCommand({ Bucket: 'versioned' }))).rejects.toMatchObject({
      name: expect.stringMatching(/BucketNotEmpty/),
    });
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'versioned' }));
    expect(Versions).toHaveLength(2);
    const Objects = Versions.map(({ Key = '', VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket: 'versioned', Delete: { Objects } }));
    await plane.s3.deleteBucket('versioned');
    expect(await plane.s3.listBuckets()).not.toContain('versioned');
  });
});
