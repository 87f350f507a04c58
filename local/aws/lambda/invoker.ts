import { setTimeout as wait } from 'node:timers/promises';
import { AwsError, type Kernel, type Principal } from '../../kernel/contracts';
import { type Invocation, type LambdaFunction, REQUEST_LIMIT } from './lambda-function';
import type { FunctionRegistry, Permission } from './registry';

/** An AWS service that invokes a function, and the resource on whose behalf it does. */
export interface CallingService {
  readonly service: string;
  readonly sourceArn: string;
}

/** The largest payload of an asynchronous invocation, bytes (aws-facts: lambda-payload-size). */
const EVENT_LIMIT = 1_048_576;
/** Lambda retries an event after one minute, then after two (aws-facts: lambda-event-retries). */
const RETRY_SECONDS = [60, 120];

/** Receives the result of every invocation. */
export type InvocationListener = (functionName: string, invocation: Invocation) => void;

/** Invokes functions for the API and for other services, with IAM's checks. */
export class Invoker {
  readonly listeners = new Set<InvocationListener>();

  constructor(
    private readonly kernel: Kernel,
    private readonly functions: FunctionRegistry,
  ) {}

  /**
   * Synchronous, as `principal`. Throws AccessDenied, ResourceNotFoundException, TooManyRequestsException,
   * RequestTooLargeException.
   */
  async invokeAs(principal: Principal, reference: string, payload: string, qualifier?: string): Promise<Invocation> {
    const arn = this.functions.arnOf(reference, qualifier);
    return this.journaled(arn, principal.arn, async () => {
      this.kernel.authorize(principal, [{ action: 'lambda:InvokeFunction', resource: arn }]);
      return this.invoke(reference, payload, qualifier);
    });
  }

  /** Synchronous, without a check of the caller: it is already authorised. */
  async invoke(reference: string, payload: string, qualifier?: string): Promise<Invocation> {
    const event = checkPayload(payload, REQUEST_LIMIT);
    return this.run(this.functions.version(reference, qualifier), event);
  }

  private async run(version: LambdaFunction, event: string): Promise<Invocation> {
    const invocation = await version.invoke(event);
    for (const listener of this.listeners) listener(version.name, invocation);
    return invocation;
  }

  /** Queues an event. A failure is retried, then sent to the function's failure destination or dead-letter topic. */
  enqueue(reference: string, payload: string, qualifier?: string): void {
    const event = checkPayload(payload, EVENT_LIMIT);
    const version = this.functions.version(reference, qualifier);
    this.deliver(version, event).catch((error: unknown) => this.note(version, error));
  }

  /**
   * Queues an event of an AWS service, which the function's resource policy must allow. Throws AccessDeniedException.
   */
  enqueueForService(caller: CallingService, reference: string, payload: string): void {
    const entry = this.functions.entry(reference);
    const accountId = this.kernel.accountId;
    if (![...entry.permissions.values()].some((permission) => allows(permission, caller, accountId))) {
      throw new AwsError(
        'AccessDeniedException',
        `${caller.service} for ${caller.sourceArn} is not authorized to perform: lambda:InvokeFunction on resource: ` +
          `${entry.latest.arn} because no resource-based policy allows the lambda:InvokeFunction action. Add an AWS::Lambda::Permission.`,
        403,
      );
    }
    this.enqueue(reference, payload);
  }

  private async deliver(version: LambdaFunction, event: string): Promise<void> {
    const { maximumEventAgeSeconds, maximumRetryAttempts } = this.functions.entry(version.name).eventInvoke;
    const { closing } = this.kernel;
    const tooOld = this.kernel.now().getTime() + maximumEventAgeSeconds * 1000;
    for (let attempt = 0; ; attempt++) {
      const result = await this.attempt(version, event);
      if (result.functionError === undefined || closing.aborted) return;
      const delay = (RETRY_SECONDS[attempt] ?? 120) * 1000;
      if (attempt >= maximumRetryAttempts || this.kernel.now().getTime() + delay > tooOld) {
        await this.deadLetter(version, event, result, attempt + 1);
        return;
      }
      await wait(delay, undefined, { signal: closing, ref: false }).catch(() => undefined);
      if (closing.aborted) return;
    }
  }

  private async attempt(
    version: LambdaFunction,
    event: string,
  ): Promise<Pick<Invocation, 'functionError' | 'payload'>> {
    try {
      return await this.journaled(version.arn, 'event queue', () => this.run(version, event));
    } catch (error) {
      const errorMessage = error instanceof Error ? error.message : String(error);
      return { functionError: 'Unhandled', payload: JSON.stringify({ errorType: 'InvokeFailed', errorMessage }) };
    }
  }

  /** Journals an invocation that did not come over HTTP. */
  private async journaled(arn: string, caller: string, work: () => Promise<Invocation>): Promise<Invocation> {
    const started = performance.now();
    const note = (status: number, error: string | undefined) =>
      this.kernel.journal({
        service: 'lambda',
        operation: 'Invoke',
        method: 'POST',
        path: arn,
        principal: caller,
        status,
        ms: Math.round(performance.now() - started),
        ...(error === undefined ? {} : { error }),
      });
    try {
      const invocation = await work();
      note(200, invocation.functionError === undefined ? undefined : invocation.payload.slice(0, 500));
      return invocation;
    } catch (error) {
      note(error instanceof AwsError ? error.status : 500, (error as Error).message);
      throw error;
    }
  }

  /**
   * Publishes the failure record to the failure destination and the event to the dead-letter topic, as the function's
   * role. Only SNS is supported.
   */
  private async deadLetter(
    version: LambdaFunction,
    event: string,
    result: Pick<Invocation, 'payload'>,
    attempts: number,
  ): Promise<void> {
    const { onFailureArn } = this.functions.entry(version.name).eventInvoke;
    const topic = version.properties.DeadLetterConfig?.TargetArn;
    const record = {
      version: '1.0',
      timestamp: this.kernel.now().toISOString(),
      requestContext: {
        functionArn: `${version.arn}:${version.version}`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: attempts,
      },
      requestPayload: JSON.parse(event),
      responseContext: { statusCode: 200, executedVersion: version.version, functionError: 'Unhandled' },
      responsePayload: JSON.parse(result.payload),
    };
    if (onFailureArn !== undefined) await this.publish(version, onFailureArn, JSON.stringify(record));
    if (topic !== undefined) await this.publish(version, topic, event);
    this.note(version, new Error(`An event failed ${attempts} times: ${result.payload.slice(0, 500)}`));
  }

  private async publish(version: LambdaFunction, topicArn: string, message: string): Promise<void> {
    await this.kernel.call('sns', 'Publish', { TopicArn: topicArn, Message: message }, version.principal());
  }

  private note(version: LambdaFunction, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.kernel.journal({
      service: 'lambda',
      operation: 'AsyncInvoke',
      method: 'POST',
      path: version.arn,
      status: 500,
      ms: 0,
      error: message,
    });
  }
}

function checkPayload(payload: string, limit: number): string {
  const event = payload === '' ? '{}' : payload;
  if (Buffer.byteLength(event) > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      413,
    );
  }
  try {
    JSON.parse(event);
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
  return event;
}

function allows(permission: Permission, caller: CallingService, accountId: string): boolean {
  if (permission.principal !== caller.service && permission.principal !== '*') return false;
  if (!['lambda:InvokeFunction', 'lambda:*'].includes(permission.action)) return false;
  if (permission.sourceAccount !== undefined && permission.sourceAccount !== accountId) return false;
  return permission.sourceArn === undefined || matchesArn(permission.sourceArn, caller.sourceArn);
}

/** ArnLike: `*` and `?` in the pattern. */
function matchesArn(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(arn);
}
