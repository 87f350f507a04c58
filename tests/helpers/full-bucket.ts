import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

const KEYS = 520;
const MARKERS = 30;
const UPLOADS = 3;

/**
 * What `fillBucket` puts into a bucket with versions: more than one page of them, delete markers, and unfinished
 * uploads.
 */
export const filled = { versions: 2 * KEYS, markers: MARKERS, uploads: UPLOADS } as const;

/** Fills a versioned bucket with everything that prevents its deletion or goes on to cost money. */
export async function fillBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (const round of [0, 1]) {
    await inBatches(KEYS, (index) => s3.send(new PutObjectCommand({ Bucket, Key: `k/${index}`, Body: `${round}` })));
  }
  await inBatches(MARKERS, (index) => s3.send(new DeleteObjectCommand({ Bucket, Key: `k/${index}` })));
  for (let index = 0; index < UPLOADS; index++) {
    const target = { Bucket, Key: `unfinished/${index}` };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
    await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'a part' }));
  }
}

/** Counts the items of each kind in a bucket. An item that the server lists on two pages counts once. */
export async function contentsOf(s3: S3Client, Bucket: string) {
  const [versions, markers] = [new Set<string>(), new Set<string>()];
  const from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand({ Bucket, ...from }));
    for (const { Key, VersionId } of page.Versions ?? []) versions.add(`${Key} ${VersionId}`);
    for (const { Key, VersionId } of page.DeleteMarkers ?? []) markers.add(`${Key} ${VersionId}`);
    if (!page.IsTruncated) break;
    [from.KeyMarker, from.VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return { versions: versions.size, markers: markers.size, uploads: Uploads.length };
}

async function inBatches(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 40) {
    await Promise.all(Array.from({ length: Math.min(40, count - at) }, (_, index) => work(at + index)));
  }
}
