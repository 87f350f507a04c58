import { AwsError } from '../../kernel/contracts';
import { splitOnce } from '../../kernel/sigv4/canonical-request';

/** A parsed S3 request. Only path-style addresses are supported. */
export interface S3Request {
  readonly operation: string;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** The resource's name in errors: `/bucket/key`. */
  readonly resource: string;
}

/** Query parameters that select the operation: method → [parameter, operation]. */
const objectOperations: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  GET: [
    ['tagging', 'GetObjectTagging'],
    ['acl', 'GetObjectAcl'],
    ['attributes', 'GetObjectAttributes'],
    ['uploadId', 'ListParts'],
  ],
  PUT: [
    ['tagging', 'PutObjectTagging'],
    ['acl', 'PutObjectAcl'],
    ['partNumber', 'UploadPart'],
  ],
  POST: [
    ['uploads', 'CreateMultipartUpload'],
    ['uploadId', 'CompleteMultipartUpload'],
    ['select', 'SelectObjectContent'],
  ],
  DELETE: [
    ['tagging', 'DeleteObjectTagging'],
    ['uploadId', 'AbortMultipartUpload'],
  ],
};
const bucketOperations: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  GET: [
    ['versions', 'ListObjectVersions'],
    ['uploads', 'ListMultipartUploads'],
    ['location', 'GetBucketLocation'],
    ['versioning', 'GetBucketVersioning'],
    ['policy', 'GetBucketPolicy'],
    ['encryption', 'GetBucketEncryption'],
    ['lifecycle', 'GetBucketLifecycleConfiguration'],
    ['tagging', 'GetBucketTagging'],
    ['acl', 'GetBucketAcl'],
    ['list-type', 'ListObjectsV2'],
  ],
  PUT: [
    ['versioning', 'PutBucketVersioning'],
    ['policy', 'PutBucketPolicy'],
    ['encryption', 'PutBucketEncryption'],
    ['lifecycle', 'PutBucketLifecycleConfiguration'],
    ['tagging', 'PutBucketTagging'],
    ['acl', 'PutBucketAcl'],
  ],
  POST: [['delete', 'DeleteObjects']],
  DELETE: [
    ['policy', 'DeleteBucketPolicy'],
    ['tagging', 'DeleteBucketTagging'],
  ],
};
const plainObject: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};
const plainBucket: Readonly<Record<string, string>> = {
  GET: 'ListObjects',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
};

/** Reads bucket, key and operation. Throws MethodNotAllowed, InvalidURI, InvalidArgument, KeyTooLongError. */
export function readS3Request(method: string, url: string, headers: Readonly<Record<string, string>>): S3Request {
  const [rawPath, rawQuery] = splitOnce(url, '?');
  const [rawBucket, rawKey] = splitOnce(rawPath.slice(1), '/');
  const bucket = decode(rawBucket);
  const key = decode(rawKey);
  const query = new URLSearchParams(rawQuery);
  if (Buffer.byteLength(key) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
  checkVersionId(query.get('versionId'));
  const operation = findOperation(method, bucket, key, query, headers);
  return { operation, method, bucket, key, query, headers, resource: `/${bucket}${key === '' ? '' : `/${key}`}` };
}

/**
 * A version id is opaque, URL-safe and at most 1,024 bytes. Anything else is refused: it could not be sent in a header.
 */
function checkVersionId(versionId: string | null): void {
  if (versionId === null || /^[\w.~-]{1,1024}$/.test(versionId)) return;
  throw new AwsError('InvalidArgument', 'Invalid version id specified', 400, { ArgumentName: 'versionId' });
}

function findOperation(
  method: string,
  bucket: string,
  key: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): string {
  if (bucket === '' && method === 'GET') return 'ListBuckets';
  const [special, plain] = key === '' ? [bucketOperations, plainBucket] : [objectOperations, plainObject];
  const named = special[method]?.find(([parameter]) => query.has(parameter))?.[1] ?? plain[method];
  if (named === undefined) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  if (headers['x-amz-copy-source'] === undefined) return named;
  return named === 'UploadPart' ? 'UploadPartCopy' : 'CopyObject';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI.`);
  }
}

/** The object that `x-amz-copy-source` names, `[/]bucket/key[?versionId=…]`. Authorisation and copy both use it. */
export function readCopySource(source: string): {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
} {
  const [path = '', query = ''] = source.replace(/^\//, '').split('?');
  const [bucket = '', ...key] = decode(path).split('/');
  return { bucket, key: key.join('/'), versionId: new URLSearchParams(query).get('versionId') };
}
