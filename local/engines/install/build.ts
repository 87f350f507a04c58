import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { BackendDescription } from '../catalogue';
import { WayBlocked } from './errors';
import type { Progress } from './progress';

/**
 * Builds the engine from its Go module, pinned in local/engines/modules/<name>. Packages that an interrupted build
 * finished are in Go's own cache and not built again. Throws WayBlocked without a toolchain, a module or on a failed
 * build, with its last lines.
 */
export async function buildFromModule(
  description: BackendDescription,
  target: string,
  progress: Progress,
): Promise<void> {
  const { module, name, version } = description;
  if (module === undefined) throw new WayBlocked('it has no Go module to build');
  const cwd = join(__dirname, '..', 'modules', name);
  const packages = await go(['list', '-deps', module.path], cwd);
  progress.report(`building ${module.path} ${module.version} (about ${module.minutes} CPU minutes the first time)`);
  const flags = ['-trimpath', '-v', '-ldflags', `-s -w -X ${module.versionVariable}=${version}`];
  // Low priority: a build must not slow the other programs of this machine down.
  const [file, ...prefix] = process.platform === 'win32' ? ['go'] : ['nice', '-n', '15', 'go'];
  const child = spawn(file ?? 'go', [...prefix, 'build', ...flags, '-o', target, module.path], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const total = packages.split('\n').filter(Boolean).length;
  const last: string[] = [];
  let done = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    last.push(line);
    if (last.length > 20) last.shift();
    progress.update(++done, total, 'packages');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new WayBlocked(`go build ended with ${code}:\n${last.join('\n')}`);
}

async function go(args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)('go', [...args], { cwd, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (String(code) === 'ENOENT')
      throw new WayBlocked('there is no Go toolchain (https://go.dev/dl) to build it with', { cause: error });
    throw new WayBlocked(`go ${args[0]} failed: ${stderr?.trim() || message}`, { cause: error });
  }
}
