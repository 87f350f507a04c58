/** Sizes and import times of every archive that `sls package` makes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';

export interface BundleFigures {
  readonly name: string;
  readonly kilobytes: number;
  /** Median over five fresh processes; undefined for the service, whose start is measured to its first answer. */
  readonly importMs: number | undefined;
}

const ROOT = resolve(__dirname, '..');

/**
 * Packages the stage `dev` into a directory of its own and measures each bundle; throws when one cannot be imported.
 */
export function measureBundles(): readonly BundleFigures[] {
  const directory = mkdtempSync(join(tmpdir(), 'bench-packages-'));
  try {
    const framework = join(ROOT, 'node_modules', 'serverless', 'bin', 'serverless.js');
    execFileSync(process.execPath, [framework, 'package', '--stage', 'dev', '--package', directory], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const service = statSync(join(directory, 'service.cjs')).size / 1024;
    return [
      { name: 'service.cjs', kilobytes: service, importMs: undefined },
      ...readdirSync(directory)
        .filter((name) => name.endsWith('.zip'))
        .sort()
        .map((archive) => measureArchive(join(directory, archive), archive.replace(/\.zip$/, ''))),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function measureArchive(archive: string, name: string): BundleFigures {
  const directory = mkdtempSync(join(tmpdir(), 'bench-lambda-'));
  try {
    const files = Object.entries(unzipSync(readFileSync(archive))).filter(([path]) => /\.(c|m)?js$/.test(path));
    const paths = files.map(([path, bytes]) => {
      const flat = join(directory, path.replaceAll('/', '-'));
      writeFileSync(flat, bytes);
      return flat;
    });
    const times = Array.from({ length: 5 }, () => importMs(paths[0] ?? '')).sort((a, b) => a - b);
    return { name, kilobytes: files.reduce((sum, [, bytes]) => sum + bytes.length, 0) / 1024, importMs: times[2] };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A handler checks its environment when it is called, not when it is imported, so an import needs none. */
function importMs(file: string): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t); process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return Number(output.trim().split('\n').at(-1));
}
