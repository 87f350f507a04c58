/** Validation of document keys: S3's rules, and no segment that could leave the key prefix. */
import { Problem } from './problem';

/** S3's limit on a whole object key, prefix included, in bytes of UTF-8. */
const S3_KEY_BYTES = 1024;

/**
 * The S3 object key: the prefix and the document key, not normalised.
 * Throws Problem 400 for a key that is empty, too long, holds control characters or lone surrogates, or has an empty,
 * `.` or `..` segment.
 */
export function objectKey(prefix: string, key: string): string {
  const wrong = whatIsWrong(prefix, key);
  if (wrong !== undefined) throw new Problem('invalid-key', `The key ${wrong}.`);
  return prefix + key;
}

/**
 * Decodes the key of a request path once, so `%2F` becomes a slash in the key. Throws Problem 400 when it is not
 * percent-encoded UTF-8.
 */
export function keyOfPath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Problem('invalid-key', 'The key in the path is not percent-encoded UTF-8.');
  }
}

/** The path of GET for a document: each segment percent-encoded, slashes kept. */
export function pathOfKey(key: string): string {
  return `/data/${key.split('/').map(encodeURIComponent).join('/')}`;
}

function whatIsWrong(prefix: string, key: string): string | undefined {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'is not well-formed Unicode';
  if (Buffer.byteLength(prefix) + Buffer.byteLength(key) > S3_KEY_BYTES) {
    return `is longer than ${S3_KEY_BYTES - Buffer.byteLength(prefix)} bytes of UTF-8`;
  }
  if (CONTROL_CHARACTER.test(key)) return 'holds a control character';
  if (UNSAFE_SEGMENT.test(key)) return 'has an empty, "." or ".." segment';
  return undefined;
}

/** C0, DEL and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the regex has to match them
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const UNSAFE_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;
