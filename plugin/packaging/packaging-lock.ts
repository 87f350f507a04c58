import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** The longest wait. Longer than the creation of a stack. */
const waitMs = 45 * 60_000;
const pollMs = 100;

export interface PackagingLockOptions {
  readonly file: string;
  /** Called once, with a sentence for the user, when another process has the lock. */
  readonly onWaiting: (line: string) => void;
  /** Milliseconds. */
  readonly wait?: number;
}

/**
 * Lets one process at a time write `.serverless`, which the framework shares between all stages of a checkout.
 * Without it, two deploys at once upload each other's half-written archives. SQLite locks the file, so the
 * operating system releases the lock when the process ends, even when it is killed. Returns a function that releases
 * it, which may be called twice. After `wait` it throws an Error that names the file and its owner.
 */
export async function lockPackaging({ file, onWaiting, wait = waitMs }: PackagingLockOptions): Promise<() => void> {
  const deadline = performance.now() + wait;
  let isReported = false;
  for (;;) {
    const lock = tryLock(file);
    if (lock) {
      writeFileSync(ownerFile(file), `process ${process.pid}, since ${new Date().toISOString()}`);
      return () => {
        if (!lock.isOpen) return;
        rmSync(ownerFile(file), { force: true });
        lock.close();
      };
    }
    if (performance.now() > deadline)
      throw new Error(
        `Another Serverless process deploys from this checkout and has held ${file} for more than ${inWords(wait)} (${owner(file)}). Let it finish or end it, and repeat.`,
      );
    if (!isReported)
      onWaiting(
        `Another Serverless process deploys from this checkout and holds ${file} (${owner(file)}): waiting for it, at most ${inWords(wait)}.`,
      );
    isReported = true;
    await delay(pollMs);
  }
}

/** The lock, held until it is closed or this process ends; undefined while another has it. */
function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    const { errcode } = error as { errcode?: number };
    // SQLITE_BUSY
    if (errcode === 5) return undefined;
    // SQLITE_NOTADB: the file has text that SQLite did not write. The lock stores nothing, so the text is removed.
    if (errcode !== 26) throw error;
    truncateSync(file);
    return tryLock(file);
  }
}

function ownerFile(file: string): string {
  return `${file}.owner`;
}

/** The owner, for messages; the lock itself does not need it. */
function owner(file: string): string {
  try {
    return readFileSync(ownerFile(file), 'utf8') || 'it is just starting';
  } catch {
    return 'it is just starting';
  }
}

function inWords(milliseconds: number): string {
  return milliseconds < 60_000 ? `${milliseconds / 1000} s` : `${Math.round(milliseconds / 60_000)} minutes`;
}
