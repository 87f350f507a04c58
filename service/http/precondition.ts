/** If-Match and If-None-Match of a read (RFC 9110, 13.1 and 13.2). */
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../domain/problem';

export type Verdict = 'send' | 'not-modified' | 'failed';

/** `*` (any document) or a list of entity tags. */
type Condition = '*' | readonly string[];

export interface Preconditions {
  /** The verdict for a document with this entity tag (undefined: it has none). */
  of(etag: string | undefined): Verdict;
}

/**
 * Throws Problem 400 for a header that is neither `*` nor a list of entity tags. Dates are ignored: documents have
 * none.
 */
export function readPreconditions(headers: IncomingHttpHeaders): Preconditions {
  const match = parse('If-Match', headers['if-match']);
  const noneMatch = parse('If-None-Match', headers['if-none-match']);
  return {
    // RFC 9110, 13.2.2: If-Match is evaluated first.
    of(etag) {
      if (match !== undefined && match !== '*' && !match.some((tag) => isSameStrong(tag, etag))) return 'failed';
      if (noneMatch === undefined) return 'send';
      return noneMatch === '*' || noneMatch.some((tag) => isSameWeak(tag, etag)) ? 'not-modified' : 'send';
    },
  };
}

const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
/** A list may have empty elements (5.6.1.2). */
const LIST = new RegExp(`^[\\s,]*${TAG}(?:\\s*,[\\s,]*${TAG})*[\\s,]*$`);
const EACH_TAG = new RegExp(TAG, 'g');

function parse(name: string, value: string | undefined): Condition | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '*') return '*';
  if (!LIST.test(value)) {
    throw new Problem(
      'invalid-precondition',
      `${name} is neither * nor a list of entity tags such as "abc", with their quotes.`,
    );
  }
  return value.match(EACH_TAG) ?? [];
}

function isSameStrong(tag: string, etag: string | undefined): boolean {
  return tag === etag && !tag.startsWith('W/');
}

function isSameWeak(tag: string, etag: string | undefined): boolean {
  return etag !== undefined && opaque(tag) === opaque(etag);
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
