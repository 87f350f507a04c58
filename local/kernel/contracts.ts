/**
 * What the parts of the local cloud agree on. A service module (services/<name>) is written against these types only;
 * the kernel implements them. Field names are AWS's own.
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

/** What a caller proved by its SigV4 signature. */
export interface Caller {
  readonly principal: Principal;
  readonly accessKeyId: string;
  readonly region: string;
  /** Signing name: `s3`, `aps`, `states`, … */
  readonly service: string;
}

/** The signed part of a request, as it came over the wire; header names are lower-case. */
export interface SignedMessage {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body; for S3 the value of `x-amz-content-sha256`. */
  readonly payloadHash: string;
}

/** One action on one resource, as IAM names them: `states:StartExecution`, an ARN or `*`. */
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
  /** `Code: message` for the journal, when a module writes its error answers itself. */
  readonly error?: string;
}

/** What an operation answers: JSON in which a Date stands for a timestamp, in the format of the service's protocol. */
export type OutputValue = undefined | null | boolean | number | string | Date | readonly OutputValue[] | Output;
export interface Output {
  readonly [member: string]: OutputValue;
}

/** One operation of a service, in a table by its name (see protocols/). Input and output have the SDK's shape. */
export interface Operation {
  /** What the caller's policies must allow; an empty list only where IAM asks for nothing. */
  grants(input: JsonObject, request: AwsRequest): readonly Grant[];
  /** Nothing returned means an empty answer. Throws AwsError. */
  handle(input: JsonObject, request: AwsRequest): Promise<Output | undefined> | Output | undefined;
}
export type Operations = Readonly<Record<string, Operation>>;

/** Answers requests whose SigV4 credential scope names one of `signingNames`. Throws AwsError. */
export interface ServiceModule {
  readonly signingNames: readonly string[];
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** The CloudFormation resource types that this service makes: `AWS::S3::Bucket` → handler. */
  readonly resources?: Readonly<Record<string, ResourceHandler>>;
  /** Lets other services call it in process: `kernel.call('lambda', 'Invoke', …)`. */
  readonly operations?: Operations;
  close?(): Promise<void>;
}

/**
 * For requests that carry no SigV4 signature or that must be streamed (S3 object bodies, the page, an AMP write):
 * asked first, in order of registration; returns false when the request is not its own.
 */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** What a CloudFormation resource is, after its intrinsic functions have been resolved. */
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

/** Throws AwsError: the stack then rolls back, as CloudFormation does. */
export interface ResourceHandler {
  create(request: ResourceRequest): Promise<ResourceResult>;
  /** Without it every change replaces the resource (create new, delete old after the update). */
  update?(request: ResourceRequest): Promise<ResourceResult>;
  /** Not-found counts as done. */
  delete(request: ResourceRequest): Promise<void>;
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

/** What a service module may use of the cloud it lives in. */
export interface Kernel {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** `http://127.0.0.1:<port>`: also the `AWS_ENDPOINT_URL` of everything that the cloud starts. */
  readonly endpoint: string;
  /** The directory for state of this run (`.local/<port>`), logs and the journal below it. */
  readonly directory: string;
  /** The one clock of the cloud: every time stamp and expiry comes from it. Durations are measured with `performance.now()`. */
  now(): Date;
  /** Aborts when the cloud closes: every timer, child process and server ends on it. */
  readonly closing: AbortSignal;
  register(module: ServiceModule): void;
  registerRaw(handler: RawHandler): void;
  /** An in-process call of another service's operation, authorised as `principal`; input and output in the SDK's shape. */
  call(signingName: string, operation: string, input: JsonObject, principal: Principal): Promise<Output>;
  /** Verifies a request's SigV4 signature, for RawHandlers. Throws AwsError (`SignatureDoesNotMatch`, `ExpiredToken`, …). */
  authenticate(message: SignedMessage): Caller;
  /** One line in `journal.ndjson`; secrets in `body` are masked. */
  journal(entry: JournalEntry): void;
  /** Throws AwsError AccessDenied, worded as AWS words it, when the principal's role does not allow every grant. */
  authorize(principal: Principal, grants: readonly Grant[]): void;
  /** Temporary credentials of a role, as STS would hand them to a service (`lambda.amazonaws.com`, …): its trust policy is checked. */
  assumeRole(
    roleArn: string,
    service: string,
    sessionName: string,
    /** Condition keys that the service sends along, `aws:SourceArn` say; `aws:SourceAccount` is always there. */
    context?: Readonly<Record<string, string>>,
  ): { credentials: TemporaryCredentials; principal: Principal };
  /** CloudWatch Logs: creates the stream as needed; a missing group is an error as on AWS. */
  writeLog(group: string, stream: string, message: string, timestamp?: number): void;
  /** A whole S3 object, for the services that read code and artefacts (Lambda, CloudFormation). */
  readObject(bucket: string, key: string): Promise<Buffer>;
  /** Emits and receives what services tell each other (`execution-status`, `alarm`, …), after EventBridge's event shape. */
  emit(event: CloudEvent): void;
  onEvent(listener: (event: CloudEvent) => void): void;
}

export interface CloudEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
}
