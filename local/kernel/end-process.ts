import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a child process: SIGTERM, then SIGKILL after `graceMs`. Resolves when it has ended. */
export async function endProcess(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}
