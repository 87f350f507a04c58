import { AwsError } from '../contracts';
import type { Scope } from './canonical-request';
import { splitOnce } from './canonical-request';

/** The signature fields of a request, not yet verified. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Presigned URLs are valid for this long after `timestamp`. */
  readonly expiresSeconds: number | undefined;
}

/**
 * Reads the Authorization header, or the query of a presigned URL; undefined when the request is not signed.
 * Throws IncompleteSignature when the signature's fields are not those of Signature Version 4.
 */
export function readAuthorization(message: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}): Authorization | undefined {
  const header = message.headers['authorization'];
  if (header !== undefined) return fromHeader(header, message.headers);
  const query = new URLSearchParams(splitOnce(message.url, '?')[1]);
  return query.has('X-Amz-Signature') ? fromQuery(query) : undefined;
}

function fromHeader(header: string, headers: Readonly<Record<string, string>>): Authorization {
  const match = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header);
  if (match === null) throw incomplete("Authorization header does not start with 'AWS4-HMAC-SHA256'.");
  const fields = Object.fromEntries((match[1] ?? '').split(/,\s*/).map((field) => splitOnce(field.trim(), '=')));
  return {
    ...readCredential(fields['Credential'] ?? ''),
    signedHeaders: required(fields['SignedHeaders'], 'SignedHeaders').split(';'),
    signature: required(fields['Signature'], 'Signature'),
    timestamp: readTimestamp(headers['x-amz-date'] ?? '', headers['date']),
    sessionToken: headers['x-amz-security-token'],
    expiresSeconds: undefined,
  };
}

function fromQuery(query: URLSearchParams): Authorization {
  const get = (name: string) => query.get(name) ?? undefined;
  const expiresSeconds = Number(required(get('X-Amz-Expires'), 'X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > 604_800) {
    throw new AwsError('AuthorizationQueryParametersError', 'X-Amz-Expires must be between 0 and 604800 seconds.');
  }
  return {
    ...readCredential(required(get('X-Amz-Credential'), 'X-Amz-Credential')),
    signedHeaders: required(get('X-Amz-SignedHeaders'), 'X-Amz-SignedHeaders').split(';'),
    signature: required(get('X-Amz-Signature'), 'X-Amz-Signature'),
    timestamp: readTimestamp(get('X-Amz-Date') ?? '', undefined),
    sessionToken: get('X-Amz-Security-Token'),
    expiresSeconds,
  };
}

function readCredential(credential: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || terminator !== 'aws4_request') {
    throw incomplete('Credential must have exactly 5 slash-delimited elements and end in aws4_request.');
  }
  return { accessKeyId, scope: { date, region, service } };
}

function readTimestamp(amzDate: string, date: string | undefined): string {
  if (/^\d{8}T\d{6}Z$/.test(amzDate)) return amzDate;
  const parsed = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(parsed)) throw incomplete("The request has neither a valid 'X-Amz-Date' nor a 'Date'.");
  return new Date(parsed).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw incomplete(`Authorization requires '${name}' parameter.`);
}

function incomplete(message: string): AwsError {
  return new AwsError('IncompleteSignature', message, 400);
}
