import type { Grant } from '../../kernel/contracts';
import { readCopySource, type S3Request } from './s3-request';

/** Operations whose IAM action has another name ("Actions defined by Amazon S3"). */
const actions: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  GetObjectAttributes: 'GetObjectAttributes',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  CopyObject: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListBuckets: 'ListAllMyBuckets',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
};
const versioned = new Set(['GetObject', 'DeleteObject', 'GetObjectTagging', 'PutObjectTagging']);

/** The actions that the caller's policies must allow. `keys` are those of a DeleteObjects body. */
export function grantsOf(request: S3Request, partition: string, keys: readonly string[] = []): readonly Grant[] {
  const arn = `arn:${partition}:s3:::`;
  const { operation, bucket, key, query, headers } = request;
  // Loopback traffic stays on the machine, so it counts as secure transport: a TLS-only policy would refuse every
  // request.
  const context = { 'aws:SecureTransport': 'true' };
  if (operation === 'ListBuckets') return [{ action: 's3:ListAllMyBuckets', resource: '*', context }];
  if (operation === 'DeleteObjects') {
    return keys.map((each) => ({ action: 's3:DeleteObject', resource: `${arn}${bucket}/${each}`, context }));
  }
  const name = actions[operation] ?? operation;
  const action =
    versioned.has(name) && query.has('versionId')
      ? `${name.replace('Tagging', '')}Version${name.includes('Tagging') ? 'Tagging' : ''}`
      : name;
  if (key === '') {
    const prefix = query.get('prefix') ?? '';
    return [{ action: `s3:${action}`, resource: `${arn}${bucket}`, context: { ...context, 's3:prefix': prefix } }];
  }
  const grant = { action: `s3:${action}`, resource: `${arn}${bucket}/${key}`, context };
  const source = headers['x-amz-copy-source'];
  if (source === undefined) return [grant];
  const copied = readCopySource(source);
  return [grant, { action: 's3:GetObject', resource: `${arn}${copied.bucket}/${copied.key}`, context }];
}

/** The permission to learn that an object does not exist: without it S3 answers 403. */
export function listGrant(request: S3Request, partition: string): Grant {
  return {
    action: 's3:ListBucket',
    resource: `arn:${partition}:s3:::${request.bucket}`,
    context: { 'aws:SecureTransport': 'true', 's3:prefix': request.key },
  };
}
