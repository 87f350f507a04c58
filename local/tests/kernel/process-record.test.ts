import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeProcessRecord, endLeftProcesses, openProcessRecord, recordProcess } from '../../kernel/process-record';

const source = join(__dirname, '..', '..', 'kernel', 'process-record.ts');
let directory: string;
const started = new Set<ChildProcess>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'process-record-'));
});
afterEach(() => {
  closeProcessRecord();
  for (const child of started) child.kill('SIGKILL');
  started.clear();
  rmSync(directory, { recursive: true });
});

function sleeper(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  started.add(child);
  return child;
}

/** A process that records a child process, which survives it, and prints the child's id. */
async function cloud(): Promise<{ readonly process: ChildProcess; readonly left: number }> {
  const code = `import lib from ${JSON.stringify(source)};
    import { spawn } from 'node:child_process';
    lib.openProcessRecord(${JSON.stringify(directory)});
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    lib.recordProcess(child, 'container api', { group: true });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, left: Number(said) };
}

const runs = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it('ends the processes of a killed cloud and reports it; a second run ends nothing', async () => {
  const { process: killed, left } = await cloud();
  expect(await endLeftProcesses(directory)).toEqual([]);
  expect(runs(left)).toBe(true);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(runs(left)).toBe(true);
  expect(await endLeftProcesses(directory)).toEqual([
    `Ended container api (process ${left}), which a local cloud of this checkout that was killed (process ${killed.pid}) had left.`,
  ]);
  expect(runs(left)).toBe(false);
  expect(await endLeftProcesses(directory)).toEqual([]);
  expect(readdirSync(join(directory, 'processes'))).toEqual([]);
});

it('does not end another process that has got the id of a recorded one', async () => {
  const { process: killed } = await cloud();
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const innocent = sleeper();
  const record = join(directory, 'processes', `${killed.pid}.ndjson`);
  appendFileSync(
    record,
    `${JSON.stringify({ pid: innocent.pid, started: 'another boot 1', what: 'container api' })}\n{"pi`,
  );
  expect(await endLeftProcesses(directory)).toHaveLength(1);
  expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
});

it('deletes the record when all processes have ended', () => {
  openProcessRecord(directory);
  recordProcess(sleeper(), 'a function');
  const record = join(directory, 'processes', `${process.pid}.ndjson`);
  expect(readFileSync(record, 'utf8').trim().split('\n')).toHaveLength(2);
  closeProcessRecord();
  expect(existsSync(record)).toBe(false);
});
