import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const pollMs = 100;
const unnamedMs = 10_000;

/**
 * Runs `action` while nobody else holds the lock of that name in the directory, waiting for a living holder. The lock of a
 * process that is gone is taken over.
 */
export async function withLock<Result>(
  directory: string,
  name: string,
  waiting: (pid: number) => void,
  action: () => Promise<Result>,
): Promise<Result> {
  const lock = join(directory, `.${name}.lock`);
  await mkdir(directory, { recursive: true });
  let told = false;
  for (;;) {
    try {
      // Exclusive creation: of two at once, one gets it.
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (pid > 0 && !isAlive(pid)) {
      await rm(lock, { force: true });
      continue;
    }
    // Between its creation and its first byte the file names nobody; a process that died there left it so.
    if (pid === 0 && (await ageOf(lock)) > unnamedMs) await rm(lock, { force: true });
    if (pid > 0 && !told) {
      waiting(pid);
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}

async function ageOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
