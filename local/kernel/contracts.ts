/**
 * The interfaces between the kernel and the services. A service module (aws/<name>) depends on these types only; the
 * kernel implements them. Field names are AWS's.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Who signed a request: the deployer (every action allowed), or a role of the template. */
export interface Principal {
  readonly kind: 'deployer' | 'role' | 'service';
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the deployer's user ARN. */
  readonly arn: string;
  /** `arn:aws:iam::<account>:role/<role>` when kind is `role`. */
  readonly roleArn?: string;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** An error in AWS's own terms: `code` is what an SDK shows as `name`. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error's shape (`resourceId`, `retryAfterSeconds`, …). */
    readonly members: JsonObject = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** The caller that a request's SigV4 signature identifies. */
export interface Caller {
  readonly principal: Principal;
  readonly accessKeyId: string;
  readonly region: string;
  /** Signing name: `s3`, `aps`, `states`, … */
  readonly service: string;
}

/** The signed part of a request, as received; header names are lower-case. */
export interface SignedMessage {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body; for S3 the value of `x-amz-content-sha256`. */
  readonly payloadHash: string;
}

/** One action on one resource in IAM's terms: `states:StartExecution` on an ARN or `*`. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values for this call, e.g. `iam:PassedToService`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** A request that has been authenticated; `path` and `query` are decoded. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly principal: Principal;
  readonly region: string;
  /** Signing name in the credential scope: `states`, `sns`, … */
  readonly service: string;
  readonly requestId: string;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Operation name for the journal. */
  readonly operation: string;
  /** `Code: message` for the journal, from modules that write their error responses themselves. */
  readonly error?: string;
}

/** An operation's output: JSON, and Date for a timestamp. The protocol chooses the timestamp's format. */
export type OutputValue = undefined | null | boolean | number | string | Date | readonly OutputValue[] | Output;
export interface Output {
  readonly [member: string]: OutputValue;
}

/** One operation of a service (see protocols/). Input and output have the SDK's shape. */
export interface Operation {
  /** What the caller's policies must allow. Empty only for operations that IAM does not authorise. */
  grants(input: JsonObject, request: AwsRequest): readonly Grant[];
  /** Returns the output; undefined is an empty output. Throws AwsError. */
  handle(input: JsonObject, request: AwsRequest): Promise<Output | undefined> | Output | undefined;
}
export type Operations = Readonly<Record<string, Operation>>;

/** Serves requests whose SigV4 credential scope names one of `signingNames`. Throws AwsError. */
export interface ServiceModule {
  readonly signingNames: readonly string[];
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** Handlers by CloudFormation resource type: `AWS::S3::Bucket`. */
  readonly resources?: Readonly<Record<string, ResourceHandler>>;
  /** Lets other services call it in process: `kernel.call('lambda', 'Invoke', …)`. */
  readonly operations?: Operations;
  close?(): Promise<void>;
}

/**
 * Handles requests that carry no SigV4 signature or must be streamed (S3 object bodies, the page, an AMP write).
 * Raw handlers run before the service modules, in order of registration. Returns false to leave the request to the
 * next.
 */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** A CloudFormation resource with its intrinsic functions resolved. */
export interface ResourceRequest {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** On update and delete. */
  readonly physicalId?: string;
  readonly previousProperties?: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ResourceResult {
  /** What `Ref` returns. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` returns, dots included: `Endpoint.Address`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates, updates and deletes one resource type. An AwsError makes the stack roll back. */
export interface ResourceHandler {
  create(request: ResourceRequest): Promise<ResourceResult>;
  /** If absent, every change replaces the resource: create the new one, delete the old one after the update. */
  update?(request: ResourceRequest): Promise<ResourceResult>;
  /** Succeeds when the resource does not exist. */
  delete(request: ResourceRequest): Promise<void>;
  /** Brings back what somebody has deleted or changed outside CloudFormation; the physical id stays. */
  restore?(request: ResourceRequest): Promise<void>;
}

export interface JournalEntry {
  /** `lambda`, `s3`, `grafana` (AMG's control plane), `grafana-http` (the workspace), `aps`, `loki`, … */
  readonly service: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly principal?: string;
  readonly status: number;
  readonly ms: number;
  readonly body?: string;
  readonly error?: string;
}

/** The part of the local cloud that a service module may use. */
export interface Kernel {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** `http://127.0.0.1:<port>`. Every process that the cloud starts has it as `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** The directory for state of this run (`.local/<port>`), logs and the journal below it. */
  readonly directory: string;
  /**
   * The one clock of the cloud: every time stamp and expiry comes from it. Durations are measured with
   * `performance.now()`.
   */
  now(): Date;
  /** Aborts when the cloud closes. Every timer, child process and server must end on it. */
  readonly closing: AbortSignal;
  register(module: ServiceModule): void;
  registerRaw(handler: RawHandler): void;
  /** Calls another service's operation in process, authorised as `principal`. Input and output have the SDK's shape. */
  call(signingName: string, operation: string, input: JsonObject, principal: Principal): Promise<Output>;
  /**
   * Verifies a request's SigV4 signature, for RawHandlers. Throws AwsError (`SignatureDoesNotMatch`, `ExpiredToken`,
   * …).
   */
  authenticate(message: SignedMessage): Caller;
  /** One line in `journal.ndjson`; secrets in `body` are masked. */
  journal(entry: JournalEntry): void;
  /** Throws AccessDenied with AWS's message when the principal's role does not allow every grant. */
  authorize(principal: Principal, grants: readonly Grant[]): void;
  /**
   * Temporary credentials of a role for a service (`lambda.amazonaws.com`, …). Throws AccessDenied when the role's
   * trust policy does not allow it.
   */
  assumeRole(
    roleArn: string,
    service: string,
    sessionName: string,
    /** Condition keys of the call, such as `aws:SourceArn`; `aws:SourceAccount` is always set. */
    context?: Readonly<Record<string, string>>,
  ): { credentials: TemporaryCredentials; principal: Principal };
  /** Writes to CloudWatch Logs. Creates the stream if it is missing; a missing group is an error, as on AWS. */
  writeLog(group: string, stream: string, message: string, timestamp?: number): void;
  /** Reads a whole S3 object: Lambda's code, CloudFormation's templates. */
  readObject(bucket: string, key: string): Promise<Buffer>;
  /**
   * Publishes an event (an execution's status, an alarm) to every `onEvent` listener. Events have EventBridge's shape.
   */
  emit(event: CloudEvent): void;
  onEvent(listener: (event: CloudEvent) => void): void;
}

export interface CloudEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
}
