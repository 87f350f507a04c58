import { execFileSync } from 'node:child_process';

const pollMs = 500;

/**
 * Calls `then` once when the npm that started this process has ended. Process managers and CI stop `npm start` by npm's
 * process id: that ends npm and its shell, but not Node. Does nothing where npm did not start this process.
 */
export function whenNpmHasEnded(then: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const shell = process.ppid;
  // npm starts a shell, which may or may not become this process.
  const npm = parentOf(shell);
  const timer = setInterval(() => {
    if (process.ppid === shell && (npm === undefined || npm <= 1 || isRunning(npm))) return;
    clearInterval(timer);
    then();
  }, pollMs);
  timer.unref();
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
