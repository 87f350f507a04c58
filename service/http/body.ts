/** Reads a whole request body within limits of size and time. */
import type { Request } from 'express';
import type { Limits } from '../config';
import { Problem } from '../domain/problem';
import type { Lease } from '../memory/byte-budget';
import { Collector } from '../memory/collect';
import { startTimeOut } from '../time-out';
import { noMemoryLeft } from './admission';

/**
 * The bytes of a JSON body. Throws Problem 415 (not JSON in UTF-8, or compressed), 413 (too large, chunked or not), 408
 * (not complete in time), 400 (the connection broke) and 503 (the lease has no bytes left). After 408, 413 and 503 the
 * connection is closed without reading the rest.
 */
export async function readJsonBody(req: Request, limits: Limits, lease: Lease): Promise<Buffer> {
  requireJson(req.headers['content-type'], req.headers['content-encoding']);
  if (Number(req.headers['content-length'] ?? 0) > limits.maxBodyBytes) throw tooLarge(limits);
  return await collect(req, limits, lease);
}

function requireJson(contentType: string | undefined, encoding: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json')
    throw new Problem('unsupported-media-type', 'Send the document as application/json.');
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new Problem('unsupported-media-type', 'The only charset of JSON is UTF-8.');
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported-media-type', 'Compressed bodies are not supported.');
  }
}

function collect(req: Request, limits: Limits, lease: Lease): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const length = req.headers['content-length'];
    const collector = new Collector({
      maxBytes: limits.maxBodyBytes,
      lease,
      expectedBytes: length === undefined ? undefined : Number(length),
    });
    const timeOut = startTimeOut(limits.bodyTimeoutMs, () =>
      fail(new Problem('body-timeout', `The body was not whole after ${limits.bodyTimeoutMs} ms.`, CLOSE)),
    );
    const done = () => {
      timeOut.clear();
      req.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
    };
    const fail = (problem: Problem) => {
      done();
      req.pause();
      collector.discard();
      reject(problem);
    };
    const onData = (chunk: Buffer) => {
      const shortage = collector.add(chunk);
      if (shortage !== undefined) fail(shortage === 'too-large' ? tooLarge(limits) : noMemoryLeft(CLOSE.headers));
    };
    const onEnd = () => {
      done();
      resolve(collector.bytes());
    };
    const onBreak = (cause?: Error) => fail(new Problem('malformed-request', 'The body broke off.', { cause }));
    req.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

const CLOSE = { headers: { Connection: 'close' } };

function tooLarge({ maxBodyBytes }: Limits): Problem {
  return new Problem('body-too-large', `The body is larger than ${maxBodyBytes} bytes.`, CLOSE);
}
