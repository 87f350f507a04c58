/** POST /data and GET /data/{key}: documents are stored and returned byte for byte. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Limits } from '../config';
import { parseDocument, parseObject } from '../domain/document';
import { KEY_ROUTE } from '../domain/endpoint';
import { keyOfPath, objectKey, pathOfKey } from '../domain/key';
import { Problem } from '../domain/problem';
import { sendJson } from '../http/answer';
import { readJsonBody } from '../http/body';
import { exchangeOf } from '../http/exchange';
import { readPreconditions } from '../http/precondition';
import type { DataOperation, Metrics } from '../metrics/metrics';
import { StorageError } from '../storage/errors';
import type { ObjectStore } from '../storage/object-store';

export interface DataRoutes {
  readonly store: ObjectStore;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly keyPrefix: string;
}

/** Answers 201 with the key and its Location. Replaces an existing document, or answers 412 with `If-None-Match: *`. */
export function postData({ store, metrics, limits, keyPrefix }: DataRoutes): RequestHandler {
  return async (req, res) => {
    const onlyNew = isOnlyNew(req.headers['if-none-match'], req.headers['if-match']);
    const { signal, lease } = exchangeOf(res);
    const body = await readJsonBody(req, limits, lease);
    const key = parseDocument(body).key ?? randomUUID();
    const object = objectKey(keyPrefix, key);
    const { etag } = await measured(metrics, 'put', () => store.put(object, body, { onlyNew, signal, lease }));
    sendJson(res, 201, JSON.stringify({ key, etag }), {
      Location: pathOfKey(key),
      ...(etag === undefined ? {} : { ETag: etag }),
    });
  };
}

/** Answers 200 with the stored bytes, 304 by If-None-Match or 412 by If-Match. */
export function getData({ store, metrics, keyPrefix }: DataRoutes): RequestHandler {
  return async (req, res) => {
    const preconditions = readPreconditions(req.headers);
    const object = objectKey(keyPrefix, keyOfPath(req.path.slice(KEY_ROUTE.length)));
    const { signal, lease } = exchangeOf(res);
    const { body, etag } = await measured(metrics, 'get', async () => {
      const stored = await store.get(object, { signal, lease });
      requireDocument(stored.body);
      return stored;
    });
    const headers = { 'Cache-Control': 'no-store', ...(etag === undefined ? {} : { ETag: etag }) };
    switch (preconditions.of(etag)) {
      case 'failed':
        throw new Problem('precondition-failed', 'The ETag of the document is not one that If-Match lists.');
      case 'not-modified':
        res.writeHead(304, headers).end();
        return;
      case 'send':
        sendJson(res, 200, body, headers);
    }
  };
}

/** Checked on reads too: others may write to the bucket. */
function requireDocument(body: Buffer): void {
  try {
    parseObject(body);
  } catch (cause) {
    throw new StorageError('refused', 'NotADocument', { cause });
  }
}

function isOnlyNew(ifNoneMatch: string | undefined, ifMatch: string | undefined): boolean {
  if (ifMatch !== undefined) throw new Problem('invalid-precondition', 'If-Match is not supported.');
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  throw new Problem('invalid-precondition', 'The only If-None-Match for a write is *.');
}

async function measured<T>(metrics: Metrics, operation: DataOperation, run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const result = await run();
    metrics.operation(operation, 'success', seconds());
    return result;
  } catch (error) {
    metrics.operation(operation, error instanceof StorageError ? error.failure : 'error', seconds());
    throw error;
  }
}
