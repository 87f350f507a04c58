import { randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { AwsError, type Kernel, type Principal } from '../../kernel/contracts';
import type { FunctionCode } from './function-code';
import { type FunctionLog, openLog } from './function-log';
import type { FunctionProperties } from './function-properties';
import { Sandbox, type SandboxOutcome } from './sandbox';

/** The result of an invocation, in the terms of Lambda's Invoke. */
export interface Invocation {
  readonly requestId: string;
  readonly executedVersion: string;
  /** JSON text: the handler's result, or `{errorType, errorMessage, trace}`. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
  /** The last 4 KB of the invocation's log. */
  readonly logTail: string;
  readonly startedAt: Date;
  readonly durationMs: number;
}

export const REQUEST_LIMIT = 6_291_456;
const RESPONSE_LIMIT = 6_291_556;
const LOG_TAIL = 4096;
/** The largest number of processes of one function; further events wait. Lambda would allow 1,000, then throttle. */
const MAX_PROCESSES = 8;
/** A warm sandbox is replaced when its credentials expire within this time, ms. */
const RENEW_BEFORE = 5 * 60_000;

interface Environment {
  readonly sandbox: Sandbox;
  readonly log: FunctionLog;
  readonly expires: Date;
  /** Log lines of the current invocation. */
  lines: string[];
}

/** One version of a function with its warm processes. */
export class LambdaFunction {
  readonly lastModified: Date;
  readonly revisionId = randomUUID();
  private readonly idle: Environment[] = [];
  private readonly all = new Set<Environment>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor(
    private readonly kernel: Kernel,
    readonly name: string,
    readonly version: string,
    readonly properties: FunctionProperties,
    readonly code: FunctionCode,
  ) {
    this.lastModified = kernel.now();
  }

  get arn(): string {
    return `arn:${this.kernel.partition}:lambda:${this.kernel.region}:${this.kernel.accountId}:function:${this.name}`;
  }

  /** The ids of the running processes. */
  get pids(): readonly number[] {
    return [...this.all].flatMap(({ sandbox }) => (sandbox.pid === undefined ? [] : [sandbox.pid]));
  }

  /** The principal of the function's role. Throws AccessDenied when Lambda may not assume the role. */
  principal(): Principal {
    return this.assumeRole().principal;
  }

  /** Runs one event (JSON text). Throws TooManyRequestsException over the reserved concurrency. */
  async invoke(event: string): Promise<Invocation> {
    const limit = this.properties.ReservedConcurrentExecutions;
    if (limit !== undefined && this.busy >= limit) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      });
    }
    if (this.busy >= MAX_PROCESSES) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy += 1;
    try {
      return await this.run(await this.environment(), event);
    } finally {
      this.busy -= 1;
      this.waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map(({ sandbox }) => sandbox.close()));
    this.all.clear();
    this.idle.length = 0;
  }

  private async run(environment: Environment, event: string): Promise<Invocation> {
    const requestId = randomUUID();
    const { log, sandbox } = environment;
    environment.lines = [];
    const startedAt = this.kernel.now();
    const started = performance.now();
    const note = (line: string) => {
      environment.lines.push(line);
      log.write(line);
    };
    note(`START RequestId: ${requestId} Version: ${this.version}`);
    const outcome = limitResponse(await sandbox.invoke({ requestId, event, functionArn: this.arn }));
    const duration = performance.now() - started;
    note(`END RequestId: ${requestId}`);
    note(this.report(requestId, duration, environment));
    const logTail = Buffer.from(`${environment.lines.join('\n')}\n`)
      .subarray(-LOG_TAIL)
      .toString('utf8');
    if (sandbox.usable && !this.kernel.closing.aborted) this.idle.push(environment);
    else await this.drop(environment);
    return {
      requestId,
      executedVersion: this.version,
      logTail,
      startedAt,
      durationMs: duration,
      ...(outcome.kind === 'result'
        ? { payload: outcome.payload }
        : { payload: JSON.stringify(outcome.error), functionError: 'Unhandled' as const }),
    };
  }

  private report(requestId: string, duration: number, { sandbox }: Environment): string {
    const init = sandbox.takeInitDuration();
    const cold = init === undefined ? '' : `\tInit Duration: ${init.toFixed(2)} ms`;
    return (
      `REPORT RequestId: ${requestId}\tDuration: ${duration.toFixed(2)} ms\tBilled Duration: ${Math.ceil(duration)} ms\t` +
      `Memory Size: ${this.properties.MemorySize} MB\tMax Memory Used: ${sandbox.peakMegabytes} MB${cold}`
    );
  }

  private async environment(): Promise<Environment> {
    for (let found = this.idle.pop(); found !== undefined; found = this.idle.pop()) {
      if (found.sandbox.usable && found.expires.getTime() - this.kernel.now().getTime() > RENEW_BEFORE) return found;
      await this.drop(found);
    }
    return this.start();
  }

  private start(): Environment {
    const { credentials, principal } = this.assumeRole();
    const group = this.properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${this.name}`;
    const log = openLog(this.kernel, { group, version: this.version, principal });
    const environment: Environment = {
      log,
      expires: credentials.expiration,
      lines: [],
      sandbox: new Sandbox({
        directory: this.code.directory,
        memoryMegabytes: this.properties.MemorySize,
        timeoutSeconds: this.properties.Timeout,
        now: this.kernel.now,
        onLine: (line) => {
          environment.lines.push(line);
          log.write(line);
        },
        environment: {
          ...this.runtimeEnvironment(group, log.stream),
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
          ...this.properties.Environment?.Variables,
        },
      }),
    };
    this.all.add(environment);
    return environment;
  }

  /** The variables that Lambda sets. Nothing comes from this machine's environment or the user's AWS configuration. */
  private runtimeEnvironment(group: string, stream: string): Record<string, string> {
    return {
      AWS_CONFIG_FILE: devNull,
      AWS_DEFAULT_REGION: this.kernel.region,
      AWS_ENDPOINT_URL: this.kernel.endpoint,
      AWS_EXECUTION_ENV: `AWS_Lambda_${this.properties.Runtime}`,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(this.properties.MemorySize),
      AWS_LAMBDA_FUNCTION_NAME: this.name,
      AWS_LAMBDA_FUNCTION_VERSION: this.version,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: group,
      AWS_LAMBDA_LOG_STREAM_NAME: stream,
      AWS_REGION: this.kernel.region,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      LAMBDA_TASK_ROOT: this.code.directory,
      LANG: 'en_US.UTF-8',
      TZ: 'UTC',
      _HANDLER: this.properties.Handler,
    };
  }

  private assumeRole() {
    return this.kernel.assumeRole(this.properties.Role, 'lambda.amazonaws.com', this.name);
  }

  private async drop(environment: Environment): Promise<void> {
    this.all.delete(environment);
    await environment.sandbox.close();
  }
}

function limitResponse(outcome: SandboxOutcome): SandboxOutcome {
  if (outcome.kind === 'error' || Buffer.byteLength(outcome.payload) <= RESPONSE_LIMIT) return outcome;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`;
  return { kind: 'error', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
}
