import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 100;
/** Has to be longer than the longest build on a small machine. */
const waitMs = 60 * 60_000;

/**
 * Runs `action` while it holds the lock of that name in the directory. It is SQLite's lock on a file, so the operating
 * system releases it when the process ends, even after a crash. `waiting` is called with the file and its owner. Throws
 * Error after `wait` milliseconds.
 */
export async function withLock<Result>(
  directory: string,
  name: string,
  waiting: (holder: string) => void,
  action: () => Promise<Result>,
  wait = waitMs,
): Promise<Result> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `.${name}.lock`);
  const ownerFile = `${file}.owner`;
  const holder = async (): Promise<string> =>
    `${await readFile(ownerFile, 'utf8').catch(() => 'a process that is just starting')}, which holds ${file}`;
  const deadline = performance.now() + wait;
  let told = false;
  let lock = await tryLock(file);
  while (!lock) {
    if (performance.now() > deadline)
      throw new Error(`Waited ${Math.round(wait / 60_000)} minutes for ${await holder()}. End it, and repeat.`);
    if (!told) waiting(await holder());
    told = true;
    await delay(pollMs);
    lock = await tryLock(file);
  }
  try {
    await writeFile(ownerFile, `process ${process.pid}`);
    return await action();
  } finally {
    await rm(ownerFile, { force: true });
    lock.close();
  }
}

/** The lock, held until it is closed or this process ends; undefined while another has it. */
async function tryLock(file: string): Promise<DatabaseSync | undefined> {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    const { errcode } = error as { errcode?: number };
    // SQLITE_BUSY
    if (errcode === 5) return undefined;
    // SQLITE_NOTADB: the file has content, so it is not one of these locks, which are empty.
    if (errcode !== 26) throw error;
    await truncate(file);
    return tryLock(file);
  }
}
