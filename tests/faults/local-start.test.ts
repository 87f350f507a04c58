import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts, isFree, portSettings } from '../../local/ports';
import { dataPlane } from './expected/data-plane';
import { tryFault } from './support/try-fault';

const root = join(__dirname, '..', '..');

it(
  dataPlane.localPortsTaken.id,
  () =>
    tryFault(dataPlane.localPortsTaken, async (note) => {
      const problems: string[] = [];
      for (const { variable, purpose } of portSettings) {
        const ports = await findFreePorts();
        // Somebody who listens and says nothing.
        const other = createServer((socket) => socket.on('error', () => undefined).resume());
        await new Promise<void>((resolve) => other.listen(ports[variable], '127.0.0.1', resolve));
        const { code, output, group } = await start(
          Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
        );
        await new Promise((resolve) => other.close(resolve));
        const left = await aliveIn(group);
        const taken: string[] = [];
        for (const port of Object.values(ports)) if (!(await isFree(port))) taken.push(String(port));
        problems.push(
          ...[
            code === 1 ? '' : `exit code ${code}`,
            output.includes(`Port ${ports[variable]} `) ? '' : 'the port is not named',
            output.includes(variable) ? '' : 'the variable is not named',
            output.includes(purpose) ? '' : 'what it is for is not named',
            output.trim().split('\n').length === 1 ? '' : `${output.trim().split('\n').length} lines`,
            left.length === 0 ? '' : `left running: ${left.join(', ')}`,
            taken.length === 0 ? '' : `left taken: ${taken.join(', ')}`,
          ]
            .filter((problem) => problem !== '')
            .map((problem) => `${variable}: ${problem}`),
        );
      }
      note(`${portSettings.length} ports`);
      return problems;
    }),
  120_000,
);

async function start(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/main.ts'], {
    cwd: root,
    env: { ...process.env, LOCAL_BACKENDS: 'standin', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const tooLong = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 15_000);
  const code = await ended;
  clearTimeout(tooLong);
  return { code, output, group: child.pid ?? 0 };
}

async function aliveIn(group: number): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,stat=,args=']);
  return stdout.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+[^Z\\s]`).test(line));
}
