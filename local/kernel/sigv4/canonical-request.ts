import { createHash, createHmac } from 'node:crypto';

export interface CanonicalInput {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** S3 signs the path escaped once; every other service escapes it again. */
  readonly service: string;
}

/** The canonical request of "Signature Version 4 signing process". */
export function canonicalRequest(input: CanonicalInput): string {
  const [path = '/', query = ''] = splitOnce(input.url, '?');
  const headers = input.signedHeaders.map(
    (name) => `${name}:${(input.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`,
  );
  return [
    input.method,
    canonicalPath(path, input.service),
    canonicalQuery(query),
    headers.join(''),
    input.signedHeaders.join(';'),
    input.payloadHash,
  ].join('\n');
}

export interface Scope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** A key is the same for all of a day's requests to one service. */
const keys = new Map<string, Buffer>();
/** Every session has its own secret, so keys could grow without end. */
const MAX_KEYS = 1_000;

export function signingKey(secret: string, scope: Scope): Buffer {
  const id = `${secret} ${scopeText(scope)}`;
  const known = keys.get(id);
  if (known !== undefined) return known;
  const dateKey = hmac(`AWS4${secret}`, scope.date);
  const key = hmac(hmac(hmac(dateKey, scope.region), scope.service), 'aws4_request');
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(id, key);
  return key;
}

/** The signature in hex, over a canonical request at a time (`YYYYMMDDTHHMMSSZ`). */
export function signature(secret: string, scope: Scope, timestamp: string, canonical: string): string {
  const stringToSign = ['AWS4-HMAC-SHA256', timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');
  return hmac(signingKey(secret, scope), stringToSign).toString('hex');
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data, 'utf8').digest();
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** RFC 3986 escaping: everything but unreserved characters. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function splitOnce(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)];
}

function canonicalPath(path: string, service: string): string {
  if (service === 's3') return path.split('/').map(reescape).join('/');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  const trailing = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.map(escapeUri).join('/')}${trailing}`;
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => splitOnce(pair, '=').map((part) => reescape(part.replaceAll('+', '%20'))))
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([nameA = '', valueA = ''], [nameB = '', valueB = '']) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function reescape(text: string): string {
  try {
    return escapeUri(decodeURIComponent(text));
  } catch {
    return text;
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
