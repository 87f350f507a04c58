/**
 * An outgoing HTTP request with one time-out for the whole exchange; the answer's body is read whole, within a byte
 * budget.
 */
import http, { type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Lease } from '../memory/byte-budget';
import { Collector } from '../memory/collect';
import { startTimeOut, type TimeOut } from '../time-out';

export interface OutgoingRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface ExchangeLimits {
  readonly agent: Agent;
  /** From the connection to the answer's last byte (ms). */
  readonly timeoutMs: number;
  /** For the connection alone (ms). */
  readonly connectTimeoutMs: number;
  /** Limit on the body of an answer with this status (bytes). */
  readonly maxBytes: (status: number) => number;
  /** The answer's body is reserved on this lease. */
  readonly lease: Lease;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Its bytes stay reserved on the lease. */
  readonly body: Buffer;
}

/** The answer's body exceeds the limit for its status. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor(
    readonly status: number,
    maxBytes: number,
  ) {
    super(`The answer (status ${status}) is larger than ${maxBytes} bytes.`);
  }
}

/** The byte budget has no room for the answer. */
export class NoMemoryLeft extends Error {
  override readonly name = 'NoMemoryLeft';

  constructor() {
    super('The byte budget of the process is used up.');
  }
}

/**
 * Resolves with the whole answer, whatever its status. Rejects with AnswerTooLarge, NoMemoryLeft, a TimeoutError (code
 * ETIMEDOUT), an AbortError, or the network's error with its code; an incomplete answer is ECONNRESET. The connection
 * is closed before it rejects.
 */
export function exchange(outgoing: OutgoingRequest, limits: ExchangeLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, timeoutMs, connectTimeoutMs } = limits;
    if (signal?.aborted) return reject(abortError(signal));
    let collector: Collector | undefined;
    const request = (outgoing.protocol === 'https:' ? https : http).request({
      agent: limits.agent,
      host: outgoing.hostname,
      port: outgoing.port,
      path: outgoing.path,
      method: outgoing.method,
      headers: outgoing.headers,
    });
    const whole = startTimeOut(timeoutMs, () => fail(timeoutError(`no whole answer within ${timeoutMs} ms`)));
    let connecting: TimeOut | undefined;
    const onAbort = () => signal !== undefined && fail(abortError(signal));
    const settle = () => {
      whole.clear();
      connecting?.clear();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error) => {
      settle();
      collector?.discard();
      // destroy() emits another error, which calls this again: the promise is settled by then.
      request.destroy();
      reject(error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', fail);
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const opening = startTimeOut(connectTimeoutMs, () =>
        fail(timeoutError(`no connection within ${connectTimeoutMs} ms`)),
      );
      connecting = opening;
      socket.once('connect', () => opening.clear());
    });
    request.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const maxBytes = limits.maxBytes(status);
      const reading = new Collector({ maxBytes, lease: limits.lease, expectedBytes: lengthOf(response) });
      collector = reading;
      response.on('data', (chunk: Buffer) => {
        const shortage = reading.add(chunk);
        if (shortage !== undefined) {
          fail(shortage === 'too-large' ? new AnswerTooLarge(status, maxBytes) : new NoMemoryLeft());
        }
      });
      response.once('error', fail);
      response.once('end', () => {
        if (!response.complete) return fail(brokenOff());
        settle();
        resolve({ status, headers: response.headers, body: reading.bytes() });
      });
    });
    request.end(outgoing.body);
  });
}

function lengthOf(response: IncomingMessage): number | undefined {
  const length = response.headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

function timeoutError(what: string): Error {
  return Object.assign(new Error(`The request took too long: ${what}.`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The request was aborted.', { cause: signal.reason }), { name: 'AbortError' });
}

function brokenOff(): Error {
  return Object.assign(new Error('The answer broke off.'), { code: 'ECONNRESET' });
}
