import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { recordProcess } from '../../kernel/process-record';

/** Settings of a function's process. */
export interface SandboxOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly now: () => Date;
  /** A line that the function wrote to stdout or stderr. */
  readonly onLine: (line: string) => void;
}

export interface SandboxEvent {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly functionArn: string;
}

/** Lambda's error shape, the payload of a failed invocation. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type SandboxOutcome =
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: FunctionError };

type FromRuntime = { readonly peakMegabytes: number } & (
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly requestId: string; readonly payload: string }
  | { readonly type: 'error'; readonly requestId: string; readonly error: FunctionError; readonly fatal?: boolean }
);

const RUNTIME = path.join(__dirname, 'runtime.cjs');

/**
 * One execution environment of a function: a Node process that handles one event at a time and is reused. AWS freezes
 * it between events; here it is idle but keeps running.
 */
export class Sandbox {
  private readonly startedAt = performance.now();
  private initMilliseconds: number | undefined;
  private readonly child: ChildProcess;
  private readonly exited: Promise<FunctionError>;
  private readonly ready: Promise<FunctionError | undefined>;
  private readonly streams: readonly LineReader[];
  private listener: ((message: FromRuntime) => void) | undefined;
  private ended = false;
  /** The process's peak memory when it last reported, MB; 0 before its first report. */
  peakMegabytes = 0;
  /** The error that the runtime reported before it exited because of it. */
  private fatal: FunctionError | undefined;

  constructor(private readonly options: SandboxOptions) {
    this.child = spawn(process.execPath, [`--max-old-space-size=${options.memoryMegabytes}`, RUNTIME], {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    recordProcess(this.child, 'a function');
    this.streams = [this.child.stdout, this.child.stderr].map((stream) => new LineReader(stream, options.onLine));
    this.child.on('message', (message: FromRuntime) => {
      this.peakMegabytes = message.peakMegabytes;
      if (message.type === 'error' && message.fatal === true) this.fatal = message.error;
      this.listener?.(message);
    });
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ errorType: 'Runtime.ExitError', errorMessage: error.message }));
      this.child.once('exit', (code, signal) => {
        this.ended = true;
        resolve(this.fatal ?? { errorType: 'Runtime.ExitError', errorMessage: exitReason(code, signal) });
      });
    });
    this.ready = Promise.race([
      this.exited,
      new Promise<FunctionError | undefined>((resolve) => {
        this.listener = (message) => {
          if (message.type === 'ready') {
            this.initMilliseconds = performance.now() - this.startedAt;
            resolve(undefined);
          }
          if (message.type === 'init-error') resolve(message.error);
        };
      }),
    ]);
  }

  get usable(): boolean {
    return !this.ended;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The cold start's duration in milliseconds, returned once: for the first event's REPORT line. */
  takeInitDuration(): number | undefined {
    const taken = this.initMilliseconds;
    this.initMilliseconds = undefined;
    return taken;
  }

  /** Runs one event. After a runtime error, a crash or a timeout the sandbox is no longer usable. */
  async invoke(event: SandboxEvent): Promise<SandboxOutcome> {
    const failure = await this.ready;
    if (failure !== undefined) {
      await this.close();
      return { kind: 'error', error: withRequestId(failure, event.requestId) };
    }
    const seconds = this.options.timeoutSeconds;
    const timer = new AbortController();
    const answered = this.answerTo(event.requestId);
    // System clock: the function's process compares the deadline with its own clock.
    const deadline = Date.now() + seconds * 1000;
    this.child.send({ type: 'invoke', ...event, arn: event.functionArn, deadline }, () => undefined);
    const outcome = await Promise.race([
      answered,
      this.exited.then((error) => ({ kind: 'error' as const, error: withRequestId(error, event.requestId) })),
      wait(seconds * 1000, 'timeout' as const, { signal: timer.signal }).catch(() => 'timeout' as const),
    ]);
    timer.abort();
    if (outcome !== 'timeout') return outcome;
    await this.close();
    const message = `Task timed out after ${seconds.toFixed(2)} seconds`;
    this.options.onLine(`${this.options.now().toISOString()} ${event.requestId} ${message}`);
    const errorMessage = `RequestId: ${event.requestId} Error: ${message}`;
    return { kind: 'error', error: { errorType: 'Sandbox.Timedout', errorMessage } };
  }

  async close(): Promise<void> {
    if (!this.ended) this.child.kill('SIGKILL');
    await this.exited;
  }

  private async answerTo(requestId: string): Promise<SandboxOutcome> {
    const message = await new Promise<FromRuntime & { readonly requestId: string }>((resolve) => {
      this.listener = (candidate) => {
        if ('requestId' in candidate && candidate.requestId === requestId) resolve(candidate);
      };
    });
    await Promise.race([Promise.all(this.streams.map((stream) => stream.until(requestId))), this.exited]);
    if (message.type === 'result') return { kind: 'result', payload: message.payload };
    if (message.type !== 'error') throw new Error(`The runtime answered an event with ${message.type}`);
    if (message.fatal === true) await this.exited;
    return { kind: 'error', error: message.error };
  }
}

/** Splits a stream into lines, and recognises the mark that the runtime writes after each invocation's output. */
class LineReader {
  private rest = '';
  private readonly seen = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  constructor(
    stream: NodeJS.ReadableStream | null,
    private readonly onLine: (line: string) => void,
  ) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => this.read(text));
    stream?.on('end', () => this.read('\n'));
  }

  until(requestId: string): Promise<void> {
    if (this.seen.delete(requestId)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(requestId, resolve));
  }

  private read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  private take(line: string): void {
    const mark = line.indexOf('\u0000end ');
    const output = mark < 0 ? line : line.slice(0, mark);
    if (output !== '') this.onLine(output);
    if (mark < 0) return;
    const requestId = line.slice(mark + 5);
    const waiter = this.waiting.get(requestId);
    this.waiting.delete(requestId);
    if (waiter === undefined) this.seen.add(requestId);
    else waiter();
  }
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Error: Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
  return code === 0
    ? 'Error: Runtime exited without providing a reason'
    : `Error: Runtime exited with error: exit status ${code}`;
}

/** Lambda prefixes the request id to the message of its own errors, not of the function's. */
function withRequestId(error: FunctionError, requestId: string): FunctionError {
  if (error.errorType !== 'Runtime.ExitError') return error;
  return { ...error, errorMessage: `RequestId: ${requestId} ${error.errorMessage}` };
}
