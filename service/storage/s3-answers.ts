/** Parses S3's errors and checks that a success is really S3's. */
import type { Answer } from '../outgoing/exchange';
import { StorageError } from './errors';
import type { S3Operation } from './s3-operation';

/**
 * An answer with status 300 or above. `name` is S3's error code, or for example `Status503` when the body is not an S3
 * error.
 */
export class S3Error extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  readonly date: string | undefined;
  readonly requestId: string | undefined;

  constructor({ status, headers, body }: Answer) {
    const text = body.toString('utf8');
    const isError = ERROR_DOCUMENT.test(text);
    super((isError ? textOf(text, 'Message') : undefined) ?? `S3 answered ${status}.`);
    this.name = (isError ? textOf(text, 'Code') : undefined) ?? `Status${status}`;
    this.$metadata = { httpStatusCode: status };
    this.date = headers.date;
    this.requestId = requestIdOf(headers);
  }
}

export function requestIdOf(headers: Answer['headers']): string | undefined {
  const id = headers['x-amz-request-id'];
  return typeof id === 'string' ? id : undefined;
}

/**
 * S3 answers these operations with 200, and a write with an ETag and no body. Any other success comes from a proxy and
 * is refused.
 */
export function requireSuccess(operation: S3Operation, { status, headers, body }: Answer): void {
  const wrong =
    status !== 200
      ? `Status${status}`
      : operation === 'PutObject' && body.length > 0
        ? 'UnexpectedBody'
        : operation === 'PutObject' && entityTagOf(headers.etag) === undefined
          ? 'NoETag'
          : undefined;
  if (wrong === undefined) return;
  throw new StorageError('refused', wrong, { cause: new Error(`S3 does not answer ${operation} so: ${wrong}.`) });
}

/** The header if it is a valid entity tag (RFC 9110, 8.8.3), else undefined. */
export function entityTagOf(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(header) ? header : undefined;
}

const ERROR_DOCUMENT = /^\s*(?:<\?xml[^>]*\?>\s*)?<Error[\s>]/;

/** The text of an element. S3's errors have each element once, without attributes or children. */
function textOf(document: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(document)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]);
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' } as const;
