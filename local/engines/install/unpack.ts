import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { WayBlocked } from './errors';

/**
 * Extracts one member of a .zip or .tar.gz as an executable file. Throws WayBlocked when the archive has no such
 * member.
 */
export async function unpackMember(archive: string, member: string, target: string): Promise<void> {
  if (archive.endsWith('.zip')) {
    const found = unzipSync(await readFile(archive), { filter: ({ name }) => name === member })[member];
    if (found === undefined) throw new WayBlocked(`${archive} has no ${member}`);
    await writeFile(target, found);
  } else {
    const directory = await mkdtemp(join(dirname(target), '.unpack-'));
    try {
      // Every platform that these engines are released for has tar.
      await promisify(execFile)('tar', ['-xzf', archive, '-C', directory, member]).catch((error: Error) => {
        throw new WayBlocked(`${archive} could not be unpacked: ${error.message}`, { cause: error });
      });
      await copyFile(join(directory, member), target);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  await chmod(target, 0o755);
}
