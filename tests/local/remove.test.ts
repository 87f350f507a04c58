import { ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { remains, tearDown } from '../../plugin/remove';
import { createStack } from '../helpers/create-stack';
import { contextAt } from '../helpers/plugin-context';
import { startTestCloud, type TestCloud } from '../helpers/test-cloud';

/** `sls remove` before it deletes the stack: whom it asks, and what it does for a stack without a teardown machine. */
let cloud: TestCloud;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
});

afterAll(async () => {
  s3?.destroy();
  await cloud?.close();
});

const bucketStack = (name: string) =>
  createStack(
    cloud,
    name,
    { Bucket: { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Enabled' } } } },
    { BucketName: { Value: { Ref: 'Bucket' } } },
  );

const versionsIn = async (Bucket: string): Promise<number> => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return Versions.length + DeleteMarkers.length;
};

it('deletes no data where nobody can be asked, and says how to', async () => {
  await bucketStack('asking-stack');
  const { context } = contextAt(cloud, 'asking-stack', { hasEndpoint: false, params: { keepData: false } });
  await expect(tearDown(context)).rejects.toMatchObject({
    name: 'NotConfirmed',
    message: expect.stringContaining('all its buckets'),
  });
  const keeping = contextAt(cloud, 'asking-stack', { hasEndpoint: false, params: { keepData: true } });
  await expect(tearDown(keeping.context)).rejects.toMatchObject({
    message: expect.stringMatching(/are kept\).*add --yes/),
  });
});

it('empties the buckets, versions too, of a stack whose deployment never got to its teardown machine', async () => {
  const { BucketName: Bucket = '' } = await bucketStack('half-stack');
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'lost', Body }));
  expect(await versionsIn(Bucket)).toBe(2);
  const { context, lines } = contextAt(cloud, 'half-stack', {
    hasEndpoint: false,
    params: { keepData: false },
    options: { yes: true },
  });
  await expect(tearDown(context)).resolves.toBe('torn down');
  expect(lines).toEqual([
    expect.stringContaining('has no teardown machine'),
    `✔ ${Bucket}: 2 objects and versions deleted`,
  ]);
  expect(await versionsIn(Bucket)).toBe(0);
});

it('leaves the buckets alone when data is kept', async () => {
  const { BucketName: Bucket = '' } = await bucketStack('kept-stack');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'one' }));
  const { context } = contextAt(cloud, 'kept-stack', {
    hasEndpoint: false,
    params: { keepData: true },
    options: { yes: true },
  });
  await tearDown(context);
  expect(await versionsIn(Bucket)).toBe(1);
  expect(remains(context, true).join(' ')).toContain('billed');
});

it('has nothing to do without a stack', async () => {
  const { context, lines } = contextAt(cloud, 'no-stack');
  await expect(tearDown(context)).resolves.toBe('nothing to remove');
  expect(lines).toEqual(['There is no stack no-stack: nothing to remove.']);
});
