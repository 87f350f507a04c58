import { type ChildProcess, execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The record of a local cloud's processes: one file per cloud of a checkout, one line per process that it started. A
 * cloud that is killed cannot end its processes; the next one reads the record and ends those that still run. A process
 * is identified by its id and its start time, because the system reuses ids.
 */
interface RecordedProcess {
  readonly pid: number;
  readonly started: string;
  readonly what: string;
  /** Whether it leads a process group of its own. */
  readonly group?: boolean;
}

const graceMs = 5000;
let file: string | undefined;

/** Starts the record of this process. Until then `recordProcess` does nothing. */
export function openProcessRecord(directory: string): void {
  const folder = join(directory, 'processes');
  mkdirSync(folder, { recursive: true });
  file = join(folder, `${process.pid}.ndjson`);
  rmSync(file, { force: true });
  append(process.pid, 'local cloud');
}

/** Deletes the record. Call it when every process has ended. */
export function closeProcessRecord(): void {
  if (file !== undefined) rmSync(file, { force: true });
  file = undefined;
}

/** Records a process that was just started. */
export function recordProcess({ pid }: ChildProcess, what: string, options: { readonly group?: boolean } = {}): void {
  if (pid !== undefined) append(pid, what, options.group);
}

/** Ends the processes that killed clouds of this checkout have left; returns one sentence per process. */
export async function endLeftProcesses(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'processes');
  const sentences: string[] = [];
  for (const name of names(folder)) {
    const [cloud, ...started] = read(join(folder, name));
    // This cloud still runs and ends its processes itself.
    if (cloud && isRunning(cloud)) continue;
    for (const left of started.filter(isRunning)) {
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
    // A failed write (full disk) must not fail the start of the process.
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
        // A process that was killed while writing leaves an incomplete last line.
        return [];
      }
    });
}

function isRunning({ pid, started }: RecordedProcess): boolean {
  return startOf(pid) === started;
}

async function end(left: RecordedProcess): Promise<void> {
  signal(left, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (isRunning(left) && performance.now() < deadline) await delay(50);
  if (isRunning(left)) signal(left, 'SIGKILL');
}

function signal({ pid, group }: RecordedProcess, name: NodeJS.Signals): void {
  try {
    process.kill(group ? -pid : pid, name);
  } catch {
    // The process has already ended.
  }
}

/** When a process started, unique for its id on this machine; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    // proc_pid_stat(5): field 2 is the name in brackets and may contain spaces; field 3 is the state, field 22 the
    // start time.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
