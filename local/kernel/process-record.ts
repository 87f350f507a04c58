import { type ChildProcess, execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The record of a local cloud's processes: a file for each cloud of a checkout, with a line for each process that it started. A cloud that
 * is killed ends nothing; the next one reads its record and ends what still runs. A process is told by its id together with its start, as
 * the system gives an id again to another one.
 */
interface RecordedProcess {
  readonly pid: number;
  readonly started: string;
  readonly what: string;
  /** Whether it leads a group of its own. */
  readonly group?: boolean;
}

const graceMs = 5000;
let file: string | undefined;

/** Begins the record of this process. Before it, and in tests that never begin one, `recordProcess` does nothing. */
export function openProcessRecord(directory: string): void {
  const folder = join(directory, 'processes');
  mkdirSync(folder, { recursive: true });
  file = join(folder, `${process.pid}.ndjson`);
  rmSync(file, { force: true });
  append(process.pid, 'local cloud');
}

/** When everything that was started has ended. */
export function closeProcessRecord(): void {
  if (file !== undefined) rmSync(file, { force: true });
  file = undefined;
}

/** Notes a process that was just started. */
export function recordProcess({ pid }: ChildProcess, what: string, options: { readonly group?: boolean } = {}): void {
  if (pid !== undefined) append(pid, what, options.group);
}

/** Ends what killed clouds of this checkout have left, and answers with a sentence for each process. */
export async function endLeftProcesses(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'processes');
  const sentences: string[] = [];
  for (const name of names(folder)) {
    const [cloud, ...started] = read(join(folder, name));
    // That cloud runs: what it has started is its own.
    if (cloud && isThere(cloud)) continue;
    for (const left of started.filter(isThere)) {
      await end(left);
      sentences.push(
        `Ended ${left.what} (process ${left.pid}), which a local cloud of this checkout that was killed (process ${cloud?.pid}) had left.`,
      );
    }
    rmSync(join(folder, name), { force: true });
  }
  return sentences;
}

function append(pid: number, what: string, group?: boolean): void {
  const started = file === undefined ? undefined : startOf(pid);
  if (file === undefined || started === undefined) return;
  try {
    appendFileSync(file, `${JSON.stringify({ pid, started, what, ...(group && { group }) })}\n`);
  } catch {
    // A full disk must not keep a task from starting.
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  } catch {
    return [];
  }
}

function read(path: string): readonly RecordedProcess[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as RecordedProcess];
      } catch {
        // The last line of a process that was killed while it wrote.
        return [];
      }
    });
}

function isThere({ pid, started }: RecordedProcess): boolean {
  return startOf(pid) === started;
}

async function end(left: RecordedProcess): Promise<void> {
  signal(left, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (isThere(left) && performance.now() < deadline) await delay(50);
  if (isThere(left)) signal(left, 'SIGKILL');
}

function signal({ pid, group }: RecordedProcess, name: NodeJS.Signals): void {
  try {
    process.kill(group ? -pid : pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/** When a process started, in a form that no other process of this machine has with the same id; undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    // proc_pid_stat(5): behind the name in brackets, which may hold anything, the state is field 3 and the start is field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
