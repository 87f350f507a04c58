import { AwsError, type Output } from '../../../kernel/contracts';
import { escapeUri } from '../../../kernel/sigv4/canonical-request';
import type { Bucket, StoredObject } from './object-store';

interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  readonly last: string | undefined;
}

const maxPage = 1000;
const owner = { ID: 'local', DisplayName: 'local' };

/** ListObjectsV2, and ListObjects for old clients. */
export function listObjects(bucket: Bucket, query: URLSearchParams, version: 1 | 2): Output {
  const encode = encoder(query);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? query.get('marker') ?? '') : decodeToken(token);
  const current = [...bucket.objects]
    .flatMap(([key, [newest]]) => (newest?.file === undefined ? [] : [[key, newest] as const]))
    .sort(byKey);
  const page = paginate(current, query, after);
  return {
    ...common(bucket, query, page, encode),
    Contents: page.entries.map((object) => ({
      Key: encode(object.key),
      LastModified: object.lastModified,
      ETag: object.etag,
      Size: object.size,
      StorageClass: 'STANDARD',
    })),
    ...(version === 2 && {
      KeyCount: page.entries.length + page.prefixes.length,
      ContinuationToken: token ?? undefined,
      StartAfter: query.get('start-after') ?? undefined,
      NextContinuationToken: page.truncated ? encodeToken(page.last ?? '') : undefined,
    }),
    ...(version === 1 && { Marker: after, NextMarker: page.truncated ? page.last : undefined }),
  };
}

/** ListObjectVersions: versions and delete markers, newest first within a key. Pages end between keys. */
export function listVersions(bucket: Bucket, query: URLSearchParams): Output {
  const encode = encoder(query);
  const keys = [...bucket.objects].sort(byKey);
  const page = paginate(keys, query, query.get('key-marker') ?? '');
  const describe = (object: StoredObject, index: number) => ({
    Key: encode(object.key),
    VersionId: object.versionId,
    IsLatest: index === 0,
    LastModified: object.lastModified,
    Owner: owner,
  });
  const versions = page.entries.flatMap((list) => list.map((object, index) => ({ object, index })));
  return {
    ...common(bucket, query, page, encode),
    KeyMarker: query.get('key-marker') ?? '',
    NextKeyMarker: page.truncated ? page.last : undefined,
    NextVersionIdMarker: page.truncated ? 'null' : undefined,
    Version: versions
      .filter(({ object }) => object.file !== undefined)
      .map(({ object, index }) => ({
        ...describe(object, index),
        ETag: object.etag,
        Size: object.size,
        StorageClass: 'STANDARD',
      })),
    DeleteMarker: versions
      .filter(({ object }) => object.file === undefined)
      .map(({ object, index }) => describe(object, index)),
  };
}

/** One page of sorted entries after a key. Keys with the delimiter are grouped into common prefixes. */
function paginate<Entry>(
  entries: readonly (readonly [string, Entry])[],
  query: URLSearchParams,
  after: string,
): Page<Entry> {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = readLimit(query);
  const selected: Entry[] = [];
  const prefixes = new Set<string>();
  let last: string | undefined;
  for (const [key, entry] of entries) {
    if (!key.startsWith(prefix)) continue;
    const rolled = rollUp(key, prefix, delimiter);
    const place = rolled ?? key;
    // Compared in byte order, so that the last prefix of a page is not repeated on the next.
    if (compareKeys(place, after) <= 0 || (rolled !== undefined && prefixes.has(rolled))) continue;
    if (selected.length + prefixes.size >= limit) {
      return { entries: selected, prefixes: [...prefixes], truncated: limit > 0, last };
    }
    if (rolled === undefined) selected.push(entry);
    else prefixes.add(rolled);
    last = place;
  }
  return { entries: selected, prefixes: [...prefixes], truncated: false, last };
}

function common<Entry>(
  bucket: Bucket,
  query: URLSearchParams,
  page: Page<Entry>,
  encode: (key: string) => string,
): Output {
  return {
    Name: bucket.name,
    Prefix: encode(query.get('prefix') ?? ''),
    Delimiter: query.get('delimiter') ?? undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxKeys: readLimit(query),
    IsTruncated: page.truncated,
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function rollUp(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

function readLimit(query: URLSearchParams): number {
  const limit = Number(query.get('max-keys') ?? maxPage);
  if (Number.isInteger(limit) && limit >= 0) return Math.min(limit, maxPage);
  throw new AwsError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
}

function encoder(query: URLSearchParams): (key: string) => string {
  return query.get('encoding-type') === 'url' ? (key) => key.split('/').map(escapeUri).join('/') : (key) => key;
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return compareKeys(a[0], b[0]);
}

/** S3 sorts keys by their UTF-8 bytes. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
