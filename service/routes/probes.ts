/** Liveness and readiness. */
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';
import { sendJson } from '../http/answer';
import type { ObjectStore } from '../storage/object-store';
import type { Logger } from '../telemetry/logger';

/** Liveness: the process answers. S3 is not checked, because a restart would not repair it. */
export function getHealth(): RequestHandler {
  const body = Buffer.from('{"status":"ok"}');
  return (_req, res) => sendJson(res, 200, body);
}

export interface Readiness {
  readonly store: ObjectStore;
  readonly logger: Logger;
  /** True from SIGTERM on. */
  readonly isStopping: () => boolean;
}

/** How long one check of S3 is reused (ms). */
const REMEMBERED_MS = 2000;
const CHECK_TIMEOUT_MS = 2000;

/** Readiness: 200 when the bucket answers and the service is not stopping, else 503. */
export function getReady({ store, logger, isStopping }: Readiness): RequestHandler {
  let checked = { at: Number.NEGATIVE_INFINITY, ready: Promise.resolve(false) };
  return async (_req, res) => {
    if (isStopping()) throw new Problem('not-ready', 'The service is stopping.');
    if (performance.now() - checked.at > REMEMBERED_MS) {
      checked = { at: performance.now(), ready: isReachable(store, logger) };
    }
    if (!(await checked.ready))
      throw new Problem('not-ready', 'The storage does not answer.', { headers: { 'Retry-After': '2' } });
    sendJson(res, 200, '{"status":"ready"}');
  };
}

async function isReachable(store: ObjectStore, logger: Logger): Promise<boolean> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort('deadline'), CHECK_TIMEOUT_MS);
  try {
    await store.check(deadline.signal);
    return true;
  } catch (error) {
    logger.warn('STORAGE_NOT_REACHABLE', 'storage is not reachable', {
      error: error instanceof Error ? error.message : typeof error,
    });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
