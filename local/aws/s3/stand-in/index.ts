import { join } from 'node:path';
import { AwsError, type Output } from '../../../kernel/contracts';
import { writeXml } from '../../../kernel/protocols/xml';
import type { S3Answer, S3Backend } from '../contracts';
import { readDeleteRequest } from '../delete-request';
import { readCopySource, type S3Request } from '../s3-request';
import { notModified, readRange, writeCondition } from './conditions';
import { listObjects, listVersions } from './listing';
import { type Bucket, ObjectStore, type StoredObject } from './object-store';
import { Uploads } from './uploads';

type Operation = (request: S3Request, body: AsyncIterable<Buffer>) => Promise<S3Answer> | S3Answer;

/** Request headers that are stored with an object and returned with it. */
const kept =
  /^(content-(type|encoding|language|disposition)|cache-control|expires|x-amz-(meta-.*|checksum-(?!algorithm|mode|type).*))$/;

/**
 * A small S3 for machines without a real server: the calls of this stack and the Serverless Framework; 501 for the
 * rest.
 */
export function createStandInS3(options: {
  readonly directory: string;
  readonly now: () => Date;
  readonly region: string;
}): S3Backend {
  const store = new ObjectStore(join(options.directory, 's3'), options.now);
  const uploads = new Uploads(store, options.now);
  const deleteBucket = (name: string) => {
    store.delete(name);
    uploads.forget(name);
  };
  const operations: Readonly<Record<string, Operation>> = {
    ListBuckets: () =>
      xml('ListAllMyBucketsResult', {
        Owner: { ID: 'local', DisplayName: 'local' },
        Buckets: { Bucket: store.list().map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })) },
      }),
    CreateBucket: ({ bucket }) => {
      store.create(bucket);
      return { status: 200, headers: { location: `/${bucket}`, 'content-length': '0' } };
    },
    DeleteBucket: ({ bucket }) => {
      deleteBucket(store.require(bucket).name);
      return empty(204);
    },
    HeadBucket: ({ bucket }) => {
      store.require(bucket);
      return { status: 200, headers: { 'x-amz-bucket-region': options.region, 'content-length': '0' } };
    },
    GetBucketLocation: ({ bucket }) => {
      store.require(bucket);
      const text = options.region === 'us-east-1' ? '' : options.region;
      return rawXml(`<LocationConstraint xmlns="${namespace}">${text}</LocationConstraint>`);
    },
    GetBucketVersioning: ({ bucket }) => xml('VersioningConfiguration', { Status: store.require(bucket).versioning }),
    ListObjectsV2: ({ bucket, query }) => xml('ListBucketResult', listObjects(store.require(bucket), query, 2)),
    ListObjects: ({ bucket, query }) => xml('ListBucketResult', listObjects(store.require(bucket), query, 1)),
    ListObjectVersions: ({ bucket, query }) => xml('ListVersionsResult', listVersions(store.require(bucket), query)),
    ListMultipartUploads: ({ bucket }) => {
      const { uploads: found, truncated } = uploads.list(bucket);
      return xml('ListMultipartUploadsResult', {
        Bucket: bucket,
        MaxUploads: 1000,
        IsTruncated: truncated,
        Upload: found.map(({ id, initiated, key }) => ({ Key: key, UploadId: id, Initiated: initiated })),
      });
    },
    CreateMultipartUpload: ({ bucket, key, headers }) => {
      const { id } = uploads.begin(bucket, key, keptHeaders(headers));
      return xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
    },
    UploadPart: async ({ bucket, key, query }, body) => {
      const etag = await uploads.addPart(bucket, key, query, body);
      return { status: 200, headers: { etag, 'content-length': '0' } };
    },
    CompleteMultipartUpload: async ({ bucket, key, query }, body) => {
      const object = await uploads.complete(bucket, key, query, body);
      const answer = xml('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: object.etag });
      return { ...answer, headers: { ...answer.headers, ...versionHeader(store.require(bucket), object) } };
    },
    AbortMultipartUpload: ({ bucket, key, query }) => {
      uploads.abort(bucket, key, query);
      return empty(204);
    },
    PutObject: async ({ bucket, key, headers }, body) => {
      const target = store.require(bucket);
      const object = await store.put(target, key, body, keptHeaders(headers), writeCondition(headers));
      return { status: 200, headers: { etag: object.etag, ...versionHeader(target, object), 'content-length': '0' } };
    },
    CopyObject: async ({ bucket, key, headers }) => {
      const source = findSource(store, headers['x-amz-copy-source'] ?? '');
      const target = store.require(bucket);
      const replace = headers['x-amz-metadata-directive'] === 'REPLACE';
      const metadata = replace ? keptHeaders(headers) : source.headers;
      const object = await store.put(target, key, store.open(source), metadata, writeCondition(headers));
      const answer = xml('CopyObjectResult', { ETag: object.etag, LastModified: object.lastModified });
      return { ...answer, headers: { ...answer.headers, ...versionHeader(target, object) } };
    },
    GetObject: (request) => read(store, request),
    HeadObject: (request) => {
      const { body: _body, ...head } = read(store, request);
      return head;
    },
    DeleteObject: ({ bucket, key, query }) => {
      const { versionId, marker } = store.remove(store.require(bucket), key, query.get('versionId') ?? undefined);
      return {
        status: 204,
        headers: {
          ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
          ...(marker && { 'x-amz-delete-marker': 'true' }),
        },
      };
    },
    DeleteObjects: async ({ bucket }, body) => {
      const target = store.require(bucket);
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(piece);
      const { quiet, objects } = readDeleteRequest(Buffer.concat(pieces));
      const deleted = objects.map(({ key, versionId }) => {
        const result = store.remove(target, key, versionId);
        return {
          Key: key,
          VersionId: versionId,
          ...(result.marker && { DeleteMarker: true, DeleteMarkerVersionId: result.versionId }),
        };
      });
      return xml('DeleteResult', { Deleted: quiet ? [] : deleted });
    },
  };
  return {
    label: 'S3 stand-in',
    async answer(request, body) {
      const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
      if (operation !== undefined) return operation(request, body);
      throw new AwsError(
        'NotImplemented',
        `The S3 stand-in does not have ${request.operation}. A real server has: \`npm run backends s3\`.`,
        501,
      );
    },
    createBucket: async (name) => store.create(name),
    configureBucket: async (name, { versioning }) => {
      const bucket = store.require(name);
      // Versioning can be suspended, but not removed.
      bucket.versioning = versioning ?? (bucket.versioning === undefined ? undefined : 'Suspended');
    },
    deleteBucket: async (name) => deleteBucket(name),
    readObject: async (name, key) => {
      const object = store.current(store.require(name), key);
      if (object === undefined) throw noSuchKey(key);
      return Buffer.concat(await store.open(object).toArray());
    },
    listBuckets: async () => store.list().map((bucket) => bucket.name),
    close: async () => undefined,
  };
}

function read(store: ObjectStore, request: S3Request): S3Answer {
  const bucket = store.require(request.bucket);
  const versionId = request.query.get('versionId');
  const object =
    versionId === null ? store.current(bucket, request.key) : store.version(bucket, request.key, versionId);
  if (object === undefined && versionId !== null) {
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, { Key: request.key });
  }
  if (object === undefined) throw noSuchKey(request.key);
  if (object.file === undefined) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  const headers = {
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...object.headers,
    ...versionHeader(bucket, object),
  };
  if (notModified(request.headers, object)) return { status: 304, headers: { etag: object.etag } };
  const range = readRange(request.headers, object.size);
  if (range === undefined) {
    return {
      status: 200,
      headers: { ...headers, 'content-length': String(object.size) },
      ...(request.method === 'GET' && { body: store.open(object) }),
    };
  }
  const partial = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  return {
    status: 206,
    headers: {
      ...Object.fromEntries(partial),
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${object.size}`,
    },
    ...(request.method === 'GET' && { body: store.open(object, range) }),
  };
}

function findSource(store: ObjectStore, source: string): StoredObject {
  const { bucket: name, key, versionId } = readCopySource(source);
  const bucket = store.require(name);
  const object = versionId === null ? store.current(bucket, key) : store.version(bucket, key, versionId);
  if (object?.file === undefined) throw noSuchKey(key);
  return object;
}

function keptHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => kept.test(name))
      .map(([name, value]) => [name, name === 'content-encoding' ? value.replace(/^aws-chunked,?\s*/, '') : value])
      .filter(([, value]) => value !== ''),
  );
}

function versionHeader(bucket: Bucket, object: StoredObject): Readonly<Record<string, string>> {
  return bucket.versioning === undefined ? {} : { 'x-amz-version-id': object.versionId };
}

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

function xml(root: string, output: Output): S3Answer {
  return rawXml(`<${root} xmlns="${namespace}">${writeXml(output, 'flattened')}</${root}>`);
}

function rawXml(text: string): S3Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', 'content-length': String(Buffer.byteLength(body)) },
    body,
  };
}

function empty(status: number): S3Answer {
  return { status, headers: {} };
}

function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}
