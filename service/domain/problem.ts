/** The catalogue of error answers (RFC 9457, problem+json): a status and a title for each code. */

const CATALOGUE = {
  'invalid-json': [400, 'The body is not a JSON document'],
  'invalid-document': [400, 'The document is not acceptable'],
  'invalid-key': [400, 'The key is not acceptable'],
  'invalid-precondition': [400, 'The precondition is not supported'],
  'malformed-request': [400, 'The request is malformed'],
  'not-found': [404, 'There is nothing here'],
  'document-not-found': [404, 'There is no such document'],
  'method-not-allowed': [405, 'The method is not allowed here'],
  'body-timeout': [408, 'The body did not arrive in time'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'write-conflict': [409, 'Another write to this key is under way'],
  'document-exists': [412, 'The document exists'],
  'precondition-failed': [412, 'The precondition does not hold'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'headers-too-large': [431, 'The headers are too large'],
  'client-closed-request': [499, 'The caller went away'],
  'internal-error': [500, 'The service failed'],
  'fault-injected': [500, 'A fault was asked for'],
  'storage-refused': [502, 'The storage refused the request'],
  'too-busy': [503, 'The service is at its limit'],
  'not-ready': [503, 'The service is not ready'],
  'storage-unavailable': [503, 'The storage is not available'],
  'deadline-exceeded': [504, 'The storage did not answer in time'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof CATALOGUE;

export interface ProblemOptions {
  readonly cause?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the catalogue's status; only for an injected fault (any 5xx). */
  readonly status?: number;
}

/**
 * Throw it to end a request with this answer. `detail` is sent to the caller: it must not name a bucket, ARN or stack.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    const [status, title] = CATALOGUE[code];
    this.status = options.status ?? status;
    this.title = title;
    this.headers = options.headers ?? {};
  }
}

/** The JSON body: RFC 9457's members, the code, and the trace id that its log lines have. */
export function problemBody(problem: Problem, traceId: string): string {
  return JSON.stringify({
    type: `urn:data-processor:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    trace_id: traceId,
  });
}
