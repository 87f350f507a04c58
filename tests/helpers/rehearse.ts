import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Runs `npm run rehearse` in its own process. Returns its output; throws with the end of the output when it fails. */
export async function rehearse(environment: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/cli/rehearse.ts'], {
    cwd: root,
    env: { ...process.env, ...environment, CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`npm run rehearse ended with ${code}:\n${output.slice(-6000)}`);
  return output;
}
