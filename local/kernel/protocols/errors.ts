import { AwsError, type AwsResponse } from '../contracts';
import { writeJson } from './json';
import { escapeXml, withXmlCharacters, writeXml } from './xml';

export type Protocol = 'awsJson' | 'restJson' | 'awsQuery' | 'ec2Query' | 's3';

/**
 * Services of AWS that speak REST with XML. The local cloud has none of them; their clients read an error in awsQuery's
 * form.
 */
const restXmlServices = new Set(['cloudfront', 'route53']);

/**
 * The protocol in which a request's error response is written. `service` is undefined when the request is not signed.
 */
export function protocolOf(headers: Readonly<Record<string, string>>, service: string | undefined): Protocol {
  const named = service ?? serviceOfClient(headers['user-agent'] ?? '');
  if (named === 's3') return 's3';
  if (named !== undefined && restXmlServices.has(named)) return 'awsQuery';
  if (headers['x-amz-target'] !== undefined) return 'awsJson';
  if (!(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) return 'restJson';
  return named === 'ec2' ? 'ec2Query' : 'awsQuery';
}

/** The service that an SDK (`api/s3#3.1`) or the AWS CLI (`md/command#s3api.get-object`) names in its user agent. */
function serviceOfClient(userAgent: string): string | undefined {
  const name = /\b(?:api\/|md\/command#)([a-z0-9-]+)/.exec(userAgent)?.[1];
  return name === 's3api' ? 's3' : name;
}

/**
 * Writes any thrown value as the protocol's error response. A value other than AwsError is a defect of the local cloud
 * and becomes 500 InternalFailure. Codes of access and signature errors differ by protocol (AccessDenied,
 * AccessDeniedException, UnauthorizedOperation, …).
 */
export function writeError(thrown: unknown, protocol: Protocol, requestId: string): Omit<AwsResponse, 'operation'> {
  const error = withProtocolCode(asAwsError(thrown), protocol);
  switch (protocol) {
    case 'awsJson':
      return {
        status: error.status === 403 ? 400 : error.status,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': error.code },
        body: writeJson({ __type: error.code, message: error.message, ...error.members }),
      };
    case 'restJson':
      return {
        status: error.status,
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
        body: writeJson({ message: error.message, ...error.members }),
      };
    case 'awsQuery': {
      const type = error.status >= 500 ? 'Receiver' : 'Sender';
      const members = writeXml(error.members, { itemName: 'member' });
      return xml(
        error.status,
        `<ErrorResponse><Error><Type>${type}</Type>${codeAndMessage(error)}${members}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    }
    case 'ec2Query':
      return xml(
        error.status,
        `<Response><Errors><Error>${codeAndMessage(error)}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case 's3':
      return xml(
        error.status,
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${codeAndMessage(error)}${writeXml(error.members, 'flattened')}<RequestId>${requestId}</RequestId></Error>`,
      );
  }
}

export function asAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AwsError('InternalFailure', `The local cloud failed: ${message}`, 500);
}

/** The kernel throws awsQuery's codes. These are the other protocols' codes for the same errors. */
const names: Readonly<Record<Protocol, Readonly<Record<string, string>>>> = {
  awsQuery: { InvalidAction: 'InvalidAction', RequestExpired: 'SignatureDoesNotMatch' },
  ec2Query: { AccessDenied: 'UnauthorizedOperation', InvalidClientTokenId: 'AuthFailure' },
  awsJson: jsonNames(),
  restJson: jsonNames(),
  s3: { InvalidClientTokenId: 'InvalidAccessKeyId', MissingAuthenticationToken: 'AccessDenied' },
};

function jsonNames(): Readonly<Record<string, string>> {
  return {
    AccessDenied: 'AccessDeniedException',
    SignatureDoesNotMatch: 'InvalidSignatureException',
    RequestExpired: 'InvalidSignatureException',
    InvalidClientTokenId: 'UnrecognizedClientException',
    ExpiredToken: 'ExpiredTokenException',
    MissingAuthenticationToken: 'MissingAuthenticationTokenException',
    IncompleteSignature: 'IncompleteSignatureException',
  };
}

const s3Messages: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'The AWS Access Key Id you provided does not exist in our records.',
  ExpiredToken: 'The provided token has expired.',
  AccessDenied: 'Access Denied',
};

function withProtocolCode(error: AwsError, protocol: Protocol): AwsError {
  const code = names[protocol][error.code] ?? error.code;
  if (code === error.code && protocol !== 's3') return error;
  const renamed = protocol === 's3' && code !== error.code;
  const message = renamed || code === 'ExpiredToken' ? (s3Messages[code] ?? error.message) : error.message;
  return new AwsError(code, message, error.status, error.members);
}

function codeAndMessage(error: AwsError): string {
  return `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
}

function xml(status: number, body: string): Omit<AwsResponse, 'operation'> {
  return { status, headers: { 'content-type': 'text/xml' }, body: withXmlCharacters(body) };
}
