import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendCommand, ResolvedBackend } from './contracts';

export interface S3ServerOptions {
  /** The directory of the objects, their metadata and old versions. */
  readonly directory: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The process of a versitygw on 127.0.0.1 that only its root account may use. `GET /health` answers when it is ready.
 * Metadata are extended attributes of the files (Linux, macOS). `--sidecar` is not used: with it a delete marker stays
 * after a new object is written over it (seen with 1.8.0).
 */
export async function versitygwCommand(backend: ResolvedBackend, options: S3ServerOptions): Promise<BackendCommand> {
  const { directory, port, region, accessKeyId, secretAccessKey } = options;
  const [buckets, versions] = ['buckets', 'versions'].map((name) => join(directory, name));
  for (const each of [buckets, versions]) await mkdir(each ?? directory, { recursive: true });
  return backend.command(
    [
      ...['--port', `127.0.0.1:${port}`, '--region', region, '--health', '/health', '--quiet'],
      // Keeps connections open, as S3 does; without it each request opens a new one.
      '--keep-alive',
      ...['posix', '--versioning-dir', versions ?? '', buckets ?? ''],
    ],
    // The keys are not in the arguments, because any user of the machine can read those.
    { cwd: directory, env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey } },
  );
}
