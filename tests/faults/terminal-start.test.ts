import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts, isFree, type Ports } from '../../local/ports';
import { terminal } from './expected/terminal';
import { tryFault } from './support/try-fault';

const root = join(__dirname, '..', '..');

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

/** `npm start` in a process group of its own, as a terminal starts it, until Ctrl-C goes to all of the group; then what it left. */
async function interrupted(ports: Ports, isTime: (output: string) => boolean) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/main.ts'], {
    cwd: root,
    env: {
      ...process.env,
      LOCAL_BACKENDS: 'standin',
      ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const group = child.pid ?? 0;
  const end = () => process.kill(-group, 'SIGKILL');
  const tooLong = setTimeout(end, 110_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  while (!isTime(output) && child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const wasUp = child.exitCode === null && child.signalCode === null;
  if (wasUp) process.kill(-group, 'SIGINT');
  const code = await ended;
  clearTimeout(tooLong);
  const lock = join(root, '.packaging.lock');
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,pid=,stat=,args=']);
  const left = stdout.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+\\d+\\s+[^Z\\s]`).test(line));
  const taken: string[] = [];
  for (const port of Object.values(ports)) if (!(await isFree(port))) taken.push(String(port));
  // Another stage may be deployed from this checkout meanwhile: its lock is not of this group.
  const owner = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  const isStale = owner !== '' && !new RegExp(`^\\s*\\d+\\s+${owner}\\s`, 'm').test(stdout);
  return {
    output,
    problems: [
      wasUp ? '' : 'it ended before Ctrl-C',
      code === 0 ? '' : `exit code ${code}: ${output.slice(-300)}`,
      left.length === 0 ? '' : `left running: ${left.join(', ')}`,
      taken.length === 0 ? '' : `left taken: ${taken.join(', ')}`,
      isStale ? `a packaging lock of ${owner} is left` : '',
    ].filter((problem) => problem !== ''),
  };
}
