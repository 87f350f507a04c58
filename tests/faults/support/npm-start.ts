import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isFree, type Ports } from '../../../local/cli/ports';

export const root = join(__dirname, '..', '..', '..');

/**
 * Runs `npm start`'s program with stand-ins, in its own process group as in a terminal. Killed after `atMost`
 * milliseconds.
 */
export function npmStart(ports: Ports, atMost: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/cli/main.ts'], {
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
  const tooLong = setTimeout(() => process.kill(-group, 'SIGKILL'), atMost);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  }
  return {
    group,
    output: () => output,
    runs: () => child.exitCode === null && child.signalCode === null,
    /** Exit code, or null when a signal ended it. */
    ended: once(child, 'close').then(([code]) => {
      clearTimeout(tooLong);
      return code as number | null;
    }),
  };
}

/** Describes the processes of its group that still run and the ports that are still in use. */
export async function leftBy(group: number, ports: Ports): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,pid=,stat=,args=']);
  const alive = stdout.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+\\d+\\s+[^Z\\s]`).test(line));
  const taken: string[] = [];
  for (const port of Object.values(ports)) if (!(await isFree(port))) taken.push(String(port));
  return [
    ...(alive.length === 0 ? [] : [`left running: ${alive.join(', ')}`]),
    ...(taken.length === 0 ? [] : [`left taken: ${taken.join(', ')}`]),
  ];
}
