import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { isWaiting, type Waiting } from '../../report';

/** Reads what the checks of a running setup wait for; VerifySignal writes it to the audit bucket while they do. */
export async function readWaiting(s3: S3Client, Bucket: string, executionArn: string): Promise<readonly Waiting[]> {
  const Prefix = `runs/${executionArn.split(':').at(-1)}/waiting/`;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '[]') as unknown;
    }),
  );
  return files.flatMap((file) => (Array.isArray(file) ? file.filter(isWaiting) : []));
}
