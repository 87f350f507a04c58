import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChecksumMismatch, WayBlocked } from './errors';
import type { Progress } from './progress';

/** The longest wait for the start of a server's answer. */
const connectTimeoutMs = 20_000;

/**
 * Downloads to `<file>.partial`, from where an earlier attempt stopped. Renames it to `file` when its SHA-256 is the
 * one that the release publishes in its checksum file. Throws WayBlocked when the network prevents the download,
 * ChecksumMismatch when the content differs (the file is then deleted).
 */
export async function downloadChecked(
  source: { readonly url: string; readonly checksums: string },
  file: string,
  progress: Progress,
): Promise<void> {
  const expected = await publishedChecksum(source);
  const partial = `${file}.partial`;
  const had = await sizeOf(partial);
  const response = await get(source.url, had > 0 ? { range: `bytes=${had}-` } : {});
  // 416: the partial file is complete already. Without 206 the server sends the file from its start.
  if (response.status !== 416) {
    if (!response.ok || response.body === null) throw new WayBlocked(`${source.url} answered ${response.status}`);
    const start = response.status === 206 ? had : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : start + Number(length);
    let done = start;
    const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream);
    body.on('data', (chunk: Buffer) => {
      done += chunk.length;
      progress.update(done, total, 'bytes');
    });
    await pipeline(body, createWriteStream(partial, { flags: start > 0 ? 'a' : 'w' })).catch(
      (error: NodeJS.ErrnoException) => {
        if (isOfTheDisk(error)) throw error;
        throw new WayBlocked(
          `${source.url} broke off after ${done} bytes (${error.message}); run it again to continue from there`,
          { cause: error },
        );
      },
    );
  }
  const actual = await sha256(partial);
  if (actual !== expected) {
    await rm(partial, { force: true });
    throw new ChecksumMismatch(
      `${basename(file)} has the SHA-256 ${actual}, its release publishes ${expected}. It was deleted.`,
    );
  }
  await rename(partial, file);
}

/** The archive's checksum: from its line in a sha256sum file, or the only word of a checksum file for one archive. */
async function publishedChecksum({ url, checksums }: { url: string; checksums: string }): Promise<string> {
  const response = await get(checksums, {});
  if (!response.ok) throw new WayBlocked(`${checksums} answered ${response.status}`);
  const name = basename(new URL(url).pathname);
  const lines = (await response.text()).split('\n').map((line) => line.trim().split(/\s+/));
  const found =
    lines.find(([, file]) => file?.replace(/^[*.]*\/?/, '') === name)?.[0] ??
    (lines[0]?.length === 1 ? lines[0][0] : undefined);
  if (found === undefined || !/^[0-9a-f]{64}$/i.test(found))
    throw new WayBlocked(`${checksums} has no SHA-256 of ${name}`);
  return found.toLowerCase();
}

async function get(url: string, headers: Record<string, string>): Promise<Response> {
  const connecting = new AbortController();
  const timer = setTimeout(
    () => connecting.abort(new Error(`no answer in ${connectTimeoutMs / 1000} s`)),
    connectTimeoutMs,
  );
  try {
    return await fetch(url, { headers, signal: connecting.signal });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new WayBlocked(`${new URL(url).host} is out of reach (${cause instanceof Error ? cause.message : message})`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function isOfTheDisk({ code }: NodeJS.ErrnoException): boolean {
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'].includes(code);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
