import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { backends } from '../../local/backends';
import { isHere } from '../local/backends/support/engine';

/**
 * The whole life of the stack (deploy, setup with all its checks, tester, setup again unchanged, remove, nothing left) over the real
 * engines that are here, in the way the task definitions start them.
 */
const names = ['loki', 'prometheus', 's3', 'tempo', 'grafana'] as const;
const here = names.filter(isHere);
const missing = names.filter((name) => !isHere(name)).map((name) => backends[name].title);
if (missing.length > 0)
  process.stderr.write(`Stand-ins take the place of ${missing.join(' and ')} in the rehearsal: they are not here.\n`);

(here.length > 0 ? it : it.skip)(
  `rehearses the whole life with ${here.map((name) => backends[name].title).join(', ')}`,
  async () => {
    const root = join(__dirname, '..', '..');
    const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const child = spawn(process.execPath, [tsx, 'local/rehearse.ts'], {
      cwd: root,
      env: { ...process.env, LOCAL_BACKENDS: '', CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`npm run rehearse ended with ${code}:\n${output.slice(-6000)}`);
    expect(output).toContain('0 failed');
  },
  15 * 60_000,
);
