import { timingSafeEqual } from 'node:crypto';
import type { CredentialStore } from '../access/credential-store';
import { AwsError, type Caller, type SignedMessage } from '../contracts';
import { type Authorization, readAuthorization } from './authorization';
import { canonicalRequest, scopeText, signature } from './canonical-request';

/**
 * The largest clock skew: S3 documents 15 minutes (RequestTimeTooSkewed), the SigV4 guide five minutes for all other
 * services.
 */
const S3_SKEW_MS = 15 * 60_000;
const SKEW_MS = 5 * 60_000;

/** A verified request, with what the chunk signatures of a streamed body are checked against. */
export interface Verified extends Caller {
  readonly authorization: Authorization;
  readonly secretAccessKey: string;
}

/**
 * Verifies a request's SigV4 signature. Throws AwsError with awsQuery's codes; see protocols/errors for the other
 * protocols' names.
 */
export function verifySignature(message: SignedMessage, credentials: CredentialStore, now: Date): Verified {
  const authorization = readAuthorization(message);
  if (authorization === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  }
  const holder = credentials.find(authorization.accessKeyId, authorization.sessionToken, now);
  const { scope } = authorization;
  checkTime(authorization, now);
  checkSignedHeaders(message, authorization);
  const canonical = canonicalRequest({
    ...message,
    signedHeaders: authorization.signedHeaders,
    service: scope.service,
    payloadHash: authorization.expiresSeconds !== undefined ? 'UNSIGNED-PAYLOAD' : message.payloadHash,
  });
  const expected = signature(holder.secretAccessKey, scope, authorization.timestamp, canonical);
  if (!sameText(expected, authorization.signature)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      403,
    );
  }
  return {
    principal: holder.principal,
    accessKeyId: authorization.accessKeyId,
    region: scope.region,
    service: scope.service,
    authorization,
    secretAccessKey: holder.secretAccessKey,
  };
}

function checkTime(authorization: Authorization, now: Date): void {
  const signedAt = parseTimestamp(authorization.timestamp);
  if (authorization.timestamp.slice(0, 8) !== authorization.scope.date) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scopeText(authorization.scope)}' != '${authorization.timestamp}'.`,
      403,
    );
  }
  if (authorization.expiresSeconds !== undefined) {
    if (now.getTime() > signedAt + authorization.expiresSeconds * 1000) {
      throw new AwsError('AccessDenied', 'Request has expired', 403);
    }
    return;
  }
  const off = signedAt - now.getTime();
  if (authorization.scope.service === 's3') {
    if (Math.abs(off) <= S3_SKEW_MS) return;
    throw new AwsError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
      {
        RequestTime: authorization.timestamp,
        ServerTime: `${now.toISOString().slice(0, 19)}Z`,
        MaxAllowedSkewMilliseconds: S3_SKEW_MS,
      },
    );
  }
  if (Math.abs(off) <= SKEW_MS) return;
  const limit = timestampOf(new Date(now.getTime() + Math.sign(off) * SKEW_MS));
  const reckoning = `(${timestampOf(now)} ${off > 0 ? '+' : '-'} 5 min.)`;
  // EC2's error code; protocols/errors has those of the other protocols.
  throw new AwsError(
    'RequestExpired',
    off > 0
      ? `Signature not yet current: ${authorization.timestamp} is still later than ${limit} ${reckoning}`
      : `Signature expired: ${authorization.timestamp} is now earlier than ${limit} ${reckoning}`,
    403,
  );
}

function timestampOf(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Host and every x-amz-* header must be signed; otherwise they could be changed on the way. */
function checkSignedHeaders(message: SignedMessage, authorization: Authorization): void {
  const signed = new Set(authorization.signedHeaders);
  const unsigned = Object.keys(message.headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
  );
  if (unsigned.length > 0 && authorization.expiresSeconds === undefined) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
      403,
    );
  }
}

function parseTimestamp(timestamp: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
