import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { scripts } from '../../../package.json';
import { findFreePorts, isFree, type Ports } from '../../cli/ports';

jest.setTimeout(60_000);
const root = join(__dirname, '..', '..', '..');
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  running.clear();
});

/** `npm start` without npm, in a process group of its own, as a terminal would start it. */
function start(environment: Record<string, string>) {
  const [program = '', ...args] = scripts.start.split(' ');
  const binaries = join(root, 'node_modules', '.bin');
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${binaries}${delimiter}${process.env['PATH']}`,
      LOCAL_BACKENDS: 'standin',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, output };
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => output.includes(text) && resolve();
      listeners.add(check);
      check();
      ended.then(({ code }) => reject(new Error(`ended with ${code} before it said "${text}": ${output}`)));
    });
  return { child, ended, says };
}

/**
 * Resolves when no process of the group is alive. A compiler's child process may take a moment to notice its closed
 * pipe.
 */
async function untilGroupIsEmpty(group: number): Promise<void> {
  for (;;) {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,stat=,args=']);
    const alive = stdout.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+[^Z\\s]`).test(line));
    if (alive.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const variables = (ports: Ports) =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));

it('a start leaves no process and no open port after Ctrl-C, which both the terminal and npm send', async () => {
  const ports = await findFreePorts();
  const first = start(variables(ports));
  await first.says('Local cloud at');

  const second = await start(variables(ports)).ended;
  expect(second.code).toBe(1);
  expect(second.output).toContain(`A local cloud is already running on port ${ports.LOCAL_PORT}`);

  for (const _ of [1, 2, 3]) process.kill(-(first.child.pid ?? 0), 'SIGINT');
  expect((await first.ended).code).toBe(0);
  for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
  await untilGroupIsEmpty(first.child.pid ?? 0);
});

// tsx's own command kills a child that does not handle the signal within 60 ms. Its tasks would then keep running.
it('a start that is too busy to handle Ctrl-C at once is not killed and stops cleanly', async () => {
  const { child, ended, says } = start(variables(await findFreePorts()));
  // Before that line the leader may wait for a child that is not started yet, and would be held by its stop.
  await says('Deploying');
  const leader = child.pid ?? 0;
  process.kill(-leader, 'SIGSTOP');
  process.kill(-leader, 'SIGINT');
  process.kill(leader, 'SIGCONT');
  await says('Stopping the local cloud');
  process.kill(-leader, 'SIGCONT');
  expect((await ended).code).toBe(0);
  await untilGroupIsEmpty(leader);
});

it('a start names a port in use and the variable that changes it', async () => {
  const ports = await findFreePorts();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(ports.LOCAL_TEMPO_PORT, '127.0.0.1', resolve));
  const { code, output } = await start(variables(ports)).ended;
  other.close();
  expect(code).toBe(1);
  expect(output).toContain(`Port ${ports.LOCAL_TEMPO_PORT}`);
  expect(output).toContain('LOCAL_TEMPO_PORT');
});

it.each([
  ['abc', 'LOCAL_PORT is "abc"'],
  ['70000', 'LOCAL_PORT is "70000"'],
  ['4580', 'LOCAL_SERVICE_PORT and LOCAL_PORT are both 4580'],
])('a start refuses the port %s', async (port, message) => {
  const { code, output } = await start({ LOCAL_PORT: port, LOCAL_SERVICE_PORT: '4580' }).ended;
  expect(code).toBe(1);
  expect(output).toContain(message);
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'a start whose npm gets %s leaves no process and no open port',
  async (signal) => {
    const ports = await findFreePorts();
    const npm = spawn('npm', ['start', '--ignore-scripts'], {
      cwd: root,
      env: { ...process.env, LOCAL_BACKENDS: 'standin', ...variables(ports) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(npm);
    const group = npm.pid ?? 0;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      for (const stream of [npm.stdout, npm.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (output.includes('Local cloud at')) resolve();
        });
      }
      npm.once('exit', () => reject(new Error(`npm ended: ${output}`)));
    });
    npm.kill(signal);
    await untilGroupIsEmpty(group);
    running.delete(npm);
    for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
  },
);

it('a start after kill -9 ends the processes that this checkout left running, and says so', async () => {
  const ports = await findFreePorts();
  const first = start(variables(ports));
  await first.says('Deploying');
  const record = readFileSync(join(root, '.local', 'processes', `${first.child.pid}.ndjson`), 'utf8');
  const deploy = record.split('\n').find((line) => line.includes('sls deploy'));
  // A process that hangs does not end by itself when the cloud stops answering.
  process.kill(JSON.parse(deploy ?? '{}').pid, 'SIGSTOP');
  first.child.kill('SIGKILL');
  const second = start(variables(ports));
  await second.says('Local cloud at');
  process.kill(-(second.child.pid ?? 0), 'SIGINT');
  expect(await second.ended).toMatchObject({
    code: 0,
    output: expect.stringMatching(
      new RegExp(
        `Ended sls deploy \\(process \\d+\\), which a local cloud .*\\(process ${first.child.pid}\\) had left`,
      ),
    ),
  });
  await untilGroupIsEmpty(first.child.pid ?? 0);
});
