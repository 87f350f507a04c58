/** Validation of documents: one JSON object, stored byte for byte as it was sent. */
import { isUtf8 } from 'node:buffer';
import { Problem } from './problem';

/** Deeper documents are refused before they are parsed: recursion over them could exhaust a reader's stack. */
const MAX_DEPTH = 100;

export interface Document {
  /** The caller's `key`; undefined when the service has to generate one. */
  readonly key: string | undefined;
}

/** Throws Problem 400 when the body is not a JSON object (see parseObject) or its `key` is not a string. */
export function parseDocument(body: Buffer): Document {
  const value = parseObject(body);
  const key = 'key' in value ? value.key : undefined;
  if (key !== undefined && typeof key !== 'string') throw new Problem('invalid-key', 'The key is not a string.');
  return { key };
}

/** Throws Problem 400 when the bytes are empty, not UTF-8, not JSON, too deep, or not an object. */
export function parseObject(body: Buffer): object {
  if (body.length === 0) throw new Problem('invalid-json', 'The body is empty; send a JSON object.');
  if (!isUtf8(body)) throw new Problem('invalid-json', 'The body is not UTF-8.');
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new Problem('invalid-document', `The document is nested more than ${MAX_DEPTH} levels deep.`);
  }
  const value = parse(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('invalid-document', 'The document is not a JSON object.');
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's message quotes the payload, so it stays in `cause` and is not sent or logged.
    throw new Problem('invalid-json', 'The body is not valid JSON.', { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts brackets outside strings. It does not validate: JSON.parse does. */
function isDeeperThan(body: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}
