import { AwsError } from '../../../kernel/contracts';
import type { StoredObject, WriteCondition } from './object-store';

type Headers = Readonly<Record<string, string>>;

/** `If-None-Match: *` and `If-Match` of conditional writes. */
export function writeCondition(headers: Headers): WriteCondition {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented: If-None-Match takes * only.',
      501,
    );
  }
  return (current) => {
    if (ifNoneMatch === '*' && current !== undefined) throw preconditionFailed('If-None-Match');
    if (ifMatch === undefined) return;
    if (current === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  };
}

/** Checks the conditions of a read. Throws PreconditionFailed; returns whether the client's copy is current (304). */
export function notModified(headers: Headers, object: StoredObject): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !matches(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  const unmodifiedSince = Date.parse(headers['if-unmodified-since'] ?? '');
  if (ifMatch === undefined && seconds(object.lastModified) > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag);
  return seconds(object.lastModified) <= Date.parse(headers['if-modified-since'] ?? '');
}

/** A single byte range, or undefined for the whole object. Throws InvalidRange. */
export function readRange(
  headers: Headers,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers['range'] ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end && start < size) return { start, end };
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: headers['range'] ?? '',
    ActualObjectSize: size,
  });
}

function matches(header: string, etag: string): boolean {
  const bare = (text: string) => text.trim().replace(/^W\//, '').replaceAll('"', '');
  return header.split(',').some((item) => item.trim() === '*' || bare(item) === bare(etag));
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    Condition: condition,
  });
}
