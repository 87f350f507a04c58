import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly directory: string;
  /** Fills the remaining space. */
  fill(): void;
  /** Frees that space again. */
  free(): void;
  remove(): void;
}

/**
 * A file system of this many megabytes. Prints a line and returns undefined when this machine does not allow mounts.
 */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'small-disk', directory], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(directory);
    process.stderr.write(
      `No small disk can be mounted here, and a full one is not tried: ${(error as Error).message}\n`,
    );
    return undefined;
  }
  const filler = join(directory, 'filler');
  return {
    directory,
    fill() {
      const file = openSync(filler, 'a');
      try {
        for (const size of [65_536, 4_096, 1]) writeUntilFull(file, size);
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove() {
      // Lazy unmount: an ending process may still have a file open.
      execFileSync('umount', ['-l', directory]);
      rmdirSync(directory);
    },
  };
}

function writeUntilFull(file: number, size: number): void {
  const piece = Buffer.alloc(size);
  for (;;) {
    try {
      if (writeSync(file, piece) < size) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
