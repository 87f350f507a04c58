import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than a stack takes to be created: after that a person has to look. */
const WAIT_MS = 45 * 60_000;
const POLL_MS = 100;

export interface PackagingLockOptions {
  /** The lock's file; it holds the id of the process that packages. */
  readonly file: string;
  readonly say: (line: string) => void;
  /** Milliseconds. */
  readonly wait?: number;
}

/**
 * Lets one process at a time write `.serverless` and `.esbuild`, which the framework shares between all stages of a
 * checkout: without it two deploys at once upload each other's half-written archives. A lock whose process has ended is
 * taken over. Returns the release, which may be called twice. Throws Error naming the file and its owner after `wait`.
 */
export async function lockPackaging({ file, say, wait = WAIT_MS }: PackagingLockOptions): Promise<() => void> {
  const deadline = Date.now() + wait;
  let said = false;
  for (;;) {
    if (take(file)) return () => release(file);
    const owner = ownerOf(file);
    if (owner !== undefined && !isRunning(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(
        `Process ${owner ?? 'unknown'} has been deploying from this checkout for more than ${wait / 1000} s. End it, or delete ${file}, and repeat.`,
      );
    if (!said) say(`Another Serverless process (${owner ?? 'starting'}) deploys from this checkout: waiting for it.`);
    said = true;
    await delay(POLL_MS);
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function release(file: string): void {
  if (ownerOf(file) === process.pid) rmSync(file, { force: true });
}

/** Undefined while the file is gone or being written. */
function ownerOf(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is a running one.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
