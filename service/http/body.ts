/** Reads a request's body whole, within its limits of size and time. */
import type { Request } from 'express';
import type { Limits } from '../config';
import { Problem } from '../domain/problem';

/**
 * The bytes of a JSON body. Throws Problem 415 (not JSON in UTF-8, or compressed), 413 (over the limit, chunked or not), 408 (not whole in time) and
 * 400 (the caller broke off). After 408 and 413 the connection is closed: what is still on its way is not read.
 */
export async function readJsonBody(req: Request, limits: Limits): Promise<Buffer> {
  requireJson(req.headers['content-type'], req.headers['content-encoding']);
  if (Number(req.headers['content-length'] ?? 0) > limits.maxBodyBytes) throw tooLarge(limits);
  return await collect(req, limits);
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

function collect(req: Request, limits: Limits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(
      () => fail(new Problem('body-timeout', `The body was not whole after ${limits.bodyTimeoutMs} ms.`, CLOSE)),
      limits.bodyTimeoutMs,
    );
    const done = () => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
    };
    const fail = (problem: Problem) => {
      done();
      req.pause();
      reject(problem);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxBodyBytes) return fail(tooLarge(limits));
      chunks.push(chunk);
    };
    const onEnd = () => {
      done();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const onBreak = (cause?: Error) => fail(new Problem('malformed-request', 'The body broke off.', { cause }));
    req.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

const CLOSE = { headers: { Connection: 'close' } };

function tooLarge({ maxBodyBytes }: Limits): Problem {
  return new Problem('body-too-large', `The body is larger than ${maxBodyBytes} bytes.`, CLOSE);
}
