import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendCommand, ResolvedBackend } from './contracts';

export interface S3ServerOptions {
  /** Objects, their metadata and old versions are kept below it. */
  readonly directory: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The process of a versitygw on 127.0.0.1 that only its root account may use; `GET /health` answers when it serves. Metadata are extended attributes
 * of the files (Linux, macOS): with `--sidecar` a delete marker outlives the object that is written over it (seen with 1.8.0).
 */
export async function versitygwCommand(backend: ResolvedBackend, options: S3ServerOptions): Promise<BackendCommand> {
  const { directory, port, region, accessKeyId, secretAccessKey } = options;
  const [buckets, versions] = ['buckets', 'versions'].map((name) => join(directory, name));
  for (const each of [buckets, versions]) await mkdir(each ?? directory, { recursive: true });
  return backend.command(
    [
      ...['--port', `127.0.0.1:${port}`, '--region', region, '--health', '/health', '--quiet'],
      // As S3 does; without it each request has a connection of its own.
      '--keep-alive',
      ...['posix', '--versioning-dir', versions ?? '', buckets ?? ''],
    ],
    // The keys are not for the arguments, which any user of the machine can read.
    { cwd: directory, env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey } },
  );
}
