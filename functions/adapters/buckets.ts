import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Buckets } from '../domain/buckets';
import { ObjectNotDeleted, ServiceUnavailable } from '../domain/errors';
import { connectS3 } from './audit-store';

export function connectBuckets(client: S3Client = connectS3()): Buckets {
  return {
    async deletePage(Bucket) {
      try {
        const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
        const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key ?? '', VersionId }));
        // DeleteObjects takes at most 1,000 (aws-facts: s3-delete-batches). A server might list more.
        Objects.splice(1_000);
        if (Objects.length > 0) {
          const { Errors = [] } = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.map(withoutNull), Quiet: true } }),
          );
          const [first] = Errors;
          if (first) throw notDeleted(`${Bucket}/${first.Key}`, first.Code ?? 'no code', first.Message ?? '');
          return Objects.length;
        }
        return await abortUploads(client, Bucket);
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return 0;
        throw error;
      }
    },
  };
}

/** An object of an unversioned bucket has the version `null`, which is left out. */
function withoutNull({ Key, VersionId }: { readonly Key: string; readonly VersionId: string | undefined }) {
  return VersionId === undefined || VersionId === 'null' ? { Key } : { Key, VersionId };
}

/** An unfinished upload stays in the bucket (aws-facts: s3-multipart). */
async function abortUploads(client: S3Client, Bucket: string): Promise<number> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) {
    try {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    } catch (error) {
      // Its owner has finished or aborted it: it is now an object of the next page, or gone.
      if (!(error instanceof S3ServiceException && error.name === 'NoSuchUpload')) throw error;
    }
  }
  return Uploads.length;
}

/** S3 answers DeleteObjects with 200 and an error for each object that was not deleted. Some errors are transient. */
function notDeleted(object: string, code: string, message: string): Error {
  return /^(InternalError|SlowDown|ServiceUnavailable)$/.test(code)
    ? new ServiceUnavailable(`S3 did not delete ${object}: ${code}`)
    : new ObjectNotDeleted(object, `${code} ${message}`.trim());
}
