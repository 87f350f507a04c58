import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { AuditStore } from '../domain/audit';
import { awsClient } from './aws-client';

/** Path-style addresses if AWS_ENDPOINT_URL is set: such an endpoint has no host name per bucket. */
export function connectS3(): S3Client {
  return awsClient(S3Client, { forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
}

export function connectAuditStore(Bucket: string, client = connectS3()): AuditStore {
  return {
    async read(Key) {
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
        return { text: (await answer.Body?.transformToString()) ?? '', etag: answer.ETag ?? '' };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    async writeIf(Key, Body, condition) {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket,
            Key,
            Body,
            ContentType: 'application/json',
            ...(condition === 'new' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag }),
          }),
        );
        return true;
      } catch (error) {
        // 412: the condition failed. 409: another conditional write to this key was in progress. 404: IfMatch, but no
        // object.
        if (error instanceof S3ServiceException && [404, 409, 412].includes(error.$metadata.httpStatusCode ?? 0)) {
          if (error.name !== 'NoSuchBucket') return false;
        }
        throw error;
      }
    },

    async write(Key, Body, ContentType) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
    },

    async delete(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },

    location: (key) => `s3://${Bucket}/${key}`,
  };
}
