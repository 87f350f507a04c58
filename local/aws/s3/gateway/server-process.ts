import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BackendCommand } from '../../../engines';
import { endProcess } from '../../../kernel/end-process';
import { freePort } from '../../../kernel/free-ports';
import { recordProcess } from '../../../kernel/process-record';

const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

/** A child process that serves HTTP on 127.0.0.1. */
export interface ServerProcess {
  readonly port: number;
  /** Ends it: SIGTERM, and SIGKILL after ten seconds. */
  close(): Promise<void>;
}

/**
 * Starts a server on a free port and waits until `GET <health>` answers 200. Else throws an error that names its log.
 */
export async function startServerProcess(options: {
  readonly command: (port: number) => Promise<BackendCommand>;
  readonly directory: string;
  readonly health: string;
}): Promise<ServerProcess> {
  await mkdir(options.directory, { recursive: true });
  const port = await freePort();
  const { file, args, env } = await options.command(port);
  const logFile = join(options.directory, 'server.log');
  const log = createWriteStream(logFile, { flags: 'a' });
  // Own process group: Ctrl-C in the terminal must not end it while tasks still flush to it.
  const child = spawn(file, args, { cwd: options.directory, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  recordProcess(child, 'the S3 server', { group: true });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  const problem = await Promise.race([failed, healthy(`http://127.0.0.1:${port}${options.health}`)]);
  if (problem !== undefined) {
    await endProcess(child, stopTimeoutMs);
    throw new Error(`${file} did not start: ${problem}. Its log: ${logFile}`);
  }
  return {
    port,
    close: async () => {
      await endProcess(child, stopTimeoutMs);
      log.end();
    },
  };
}

/** Resolves with undefined when it answers, or with an error sentence after the time-out. */
async function healthy(url: string): Promise<string | undefined> {
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return undefined;
    await pause(50);
  }
  return `${url} did not answer within ${startTimeoutMs / 1000} s`;
}
