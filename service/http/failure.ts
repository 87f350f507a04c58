/**
 * The error handler: turns every thrown error into a problem+json answer, and logs the causes that the answer must not
 * show.
 */
import type { ErrorRequestHandler, Response } from 'express';
import { Problem, type ProblemCode, problemBody } from '../domain/problem';
import { StorageError, type StorageFailure } from '../storage/errors';
import type { Logger } from '../telemetry/logger';
import { exchangeOf } from './exchange';

export function answerFailure(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const exchange = exchangeOf(res);
    const problem = problemOf(error);
    exchange.problem = problem.code;
    if (error instanceof StorageError && !NOT_S3S_FAULT.has(error.failure)) {
      logger.error(
        'STORAGE_FAILED',
        'storage failed',
        { failure: error.failure, s3_code: error.code, reason: reasonOf(error) },
        exchange.span,
      );
    }
    if (problem.code === 'internal-error') {
      logger.error('REQUEST_FAILED', 'request failed', { error: nameOf(error), stack: stackOf(error) }, exchange.span);
    }
    if (res.headersSent || res.destroyed) {
      res.destroy();
      return;
    }
    sendProblem(res, problem);
  };
}

/**
 * Sends the problem. Before closing a connection it reads and discards the rest of the request: otherwise a TCP reset
 * could arrive before the answer.
 */
export function sendProblem(res: Response, problem: Problem): void {
  const body = Buffer.from(problemBody(problem, exchangeOf(res).span.traceId));
  res.writeHead(problem.status, {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  const { req } = res;
  if (req.complete || problem.headers['Connection'] !== 'close') {
    res.end(body);
    return;
  }
  res.write(body);
  const timer = setTimeout(() => res.end(), LINGER_MS);
  res.once('close', () => clearTimeout(timer));
  req.once('end', () => res.end()).resume();
}

/** How long the rest of a request is read after its answer (ms). */
const LINGER_MS = 500;

const NOT_S3S_FAULT: ReadonlySet<StorageFailure> = new Set(['not_found', 'busy', 'aborted']);

const FAILURES: Record<StorageFailure, { code: ProblemCode; detail: string; retryAfter?: number }> = {
  not_found: { code: 'document-not-found', detail: 'There is no document of this key.' },
  exists: { code: 'document-exists', detail: 'There is a document of this key already.' },
  conflict: {
    code: 'write-conflict',
    detail: 'Another conditional write of this key is under way; try again.',
    retryAfter: 1,
  },
  refused: { code: 'storage-refused', detail: 'The storage refused the request; the log says why.' },
  busy: { code: 'too-busy', detail: 'Too many bytes are being served; try again in a second.', retryAfter: 1 },
  unavailable: { code: 'storage-unavailable', detail: 'The storage is not available; try again.', retryAfter: 2 },
  timeout: { code: 'deadline-exceeded', detail: 'The storage did not answer in time.' },
  aborted: { code: 'client-closed-request', detail: 'The caller went away.' },
};

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StorageError) {
    const { code, detail, retryAfter } = FAILURES[error.failure];
    return new Problem(code, detail, {
      cause: error,
      ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
    });
  }
  // Thrown by Express for a path parameter that is not percent-encoded UTF-8.
  if (error instanceof URIError)
    return new Problem('invalid-key', 'The path is not percent-encoded UTF-8.', { cause: error });
  return new Problem('internal-error', 'The service failed; the log has the trace.', { cause: error });
}

/** S3's message. For the log only: it may name the bucket or the role. */
function reasonOf(error: StorageError): string | undefined {
  return error.cause instanceof Error ? error.cause.message : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
