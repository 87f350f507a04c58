import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachedBinary, cachePath } from '../cache';
import type { BackendDescription } from '../catalogue';
import { versionOf } from '../find-binary';
import { remedy } from '../index';
import { buildFromModule } from './build';
import { downloadChecked } from './download';
import { ChecksumMismatch, InstallFailed, WayBlocked } from './errors';
import { withLock } from './lock';
import type { Progress } from './progress';
import { unpackMember } from './unpack';

export type Way = 'release' | 'module';

/** Node's names of platforms and processors → the names that releases use. */
const platform = process.platform === 'win32' ? 'windows' : process.platform;
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

/**
 * Puts one engine into the cache: downloads its release, or builds its Go module when the download is impossible. Safe
 * to run twice at once and to interrupt: the executable is renamed to its final name when it is complete. Throws
 * InstallFailed with the reasons, ChecksumMismatch.
 */
export async function installBackend(
  description: BackendDescription,
  {
    cache,
    progress,
    ways = ['release', 'module'],
  }: { readonly cache: string; readonly progress: Progress; readonly ways?: readonly Way[] },
): Promise<'present' | 'added'> {
  const target = cachePath(description, cache);
  const waiting = (holder: string): void => progress.report(`waiting for ${holder} and is getting it already`);
  return withLock(cache, description.name, waiting, async () => {
    if (await cachedBinary(description, cache)) return 'present';
    await mkdir(dirname(target), { recursive: true });
    const reasons: string[] = [];
    for (const way of ways) {
      const unfinished = join(dirname(target), `.${description.binary}.${way}`);
      try {
        await (way === 'release' ? fromRelease : buildFromModule)(description, unfinished, progress);
        const version = await versionOf(unfinished);
        if (version !== description.version) throw new WayBlocked(`the program says that it is version ${version}`);
        await rename(unfinished, target);
        progress.report(`${version} is in ${target}`);
        return 'added';
      } catch (error) {
        if (error instanceof ChecksumMismatch) throw error;
        const reason = readableReason(error, cache);
        reasons.push(`${way}: ${reason}`);
        progress.report(`${way} failed: ${reason}`);
      } finally {
        await rm(unfinished, { force: true });
      }
    }
    throw new InstallFailed(
      `${description.title} ${description.version} could not be installed. ${remedy(description)}`,
      reasons,
    );
  });
}

async function fromRelease(description: BackendDescription, target: string, progress: Progress): Promise<void> {
  const { archive } = description;
  if (archive === undefined) throw new WayBlocked('it has no release for download');
  const url = archive.url(platform, architecture);
  const file = join(dirname(target), `.${url.split('/').at(-1)}`);
  await downloadChecked({ url, checksums: archive.checksums(platform, architecture) }, file, progress);
  progress.report('its checksum is the published one');
  await unpackMember(file, archive.member(platform, architecture), target);
  await rm(file, { force: true });
}

function readableReason(error: unknown, cache: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return `the disk of ${cache} is full: make room, or name another place by BACKENDS_CACHE`;
  if (code === 'EACCES' || code === 'EROFS') return `${cache} cannot be written: name another place by BACKENDS_CACHE`;
  return message;
}
