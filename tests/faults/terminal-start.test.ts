import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { findFreePorts, type Ports } from '../../local/cli/ports';
import { terminal } from './expected/terminal';
import { leftBy, npmStart, root } from './support/npm-start';
import { tryFault } from './support/try-fault';

it(
  terminal.startInterrupted.id,
  () =>
    tryFault(terminal.startInterrupted, async () => {
      const ports = await findFreePorts();
      const state = join(root, '.local', String(ports.LOCAL_PORT));
      const journal = join(state, 'journal.ndjson');
      try {
        const isChanging = () => existsSync(journal) && readFileSync(journal, 'utf8').includes('"UpdateStack"');
        const during = await interrupted(ports, isChanging);
        const up = await interrupted(ports, (output) => output.includes('Up. In another terminal'));
        return [
          ...(during.output.includes('Up. In another terminal') ? ['it was up before Ctrl-C'] : []),
          ...during.problems.map((problem) => `in the middle: ${problem}`),
          ...up.problems.map((problem) => `the next: ${problem}`),
        ];
      } finally {
        rmSync(state, { recursive: true, force: true });
      }
    }),
  240_000,
);

function isHeld(lock: string): boolean {
  const database = new DatabaseSync(lock, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}

/** Runs `npm start`, sends Ctrl-C to its process group as a terminal does, and returns what is left. */
async function interrupted(ports: Ports, isTime: (output: string) => boolean) {
  const started = npmStart(ports, 110_000);
  while (!isTime(started.output()) && started.runs()) await new Promise((resolve) => setTimeout(resolve, 20));
  const wasUp = started.runs();
  if (wasUp) process.kill(-started.group, 'SIGINT');
  const code = await started.ended;
  const output = started.output();
  // Another stage may be deployed from this checkout meanwhile. A running process keeps its lock.
  const lock = join(root, '.packaging.lock');
  const owner = existsSync(`${lock}.owner`)
    ? /process (\d+)/.exec(readFileSync(`${lock}.owner`, 'utf8'))?.[1]
    : undefined;
  const isStale = isHeld(lock) && owner !== undefined && !existsSync(`/proc/${owner}`);
  return {
    output,
    problems: [
      ...(wasUp ? [] : ['it ended before Ctrl-C']),
      ...(code === 0 ? [] : [`exit code ${code}: ${output.slice(-300)}`]),
      ...(await leftBy(started.group, ports)),
      ...(isStale ? [`a packaging lock of ${owner} is left`] : []),
    ],
  };
}
