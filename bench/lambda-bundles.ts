/** Sizes and import times of what is deployed: the service's bundle, and the Lambdas' where `sls package` has left them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';

export interface BundleFigures {
  readonly name: string;
  readonly kilobytes: number;
  /** Median over five fresh processes; undefined for the service, whose start is measured to its first answer. */
  readonly importMs: number | undefined;
}

const PACKAGES = resolve(__dirname, '..', '.serverless');

export async function measureBundles(service: string): Promise<BundleFigures[]> {
  const figures: BundleFigures[] = [
    { name: 'service.cjs', kilobytes: statSync(service).size / 1024, importMs: undefined },
  ];
  if (!existsSync(PACKAGES)) return figures;
  for (const archive of readdirSync(PACKAGES)
    .filter((name) => name.endsWith('.zip'))
    .sort()) {
    try {
      figures.push(measureArchive(join(PACKAGES, archive), archive.replace(/\.zip$/, '')));
    } catch (error) {
      // Another `sls package` may be replacing it: one bundle less is better than no table.
      process.stderr.write(`${archive} is not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return figures;
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
  const script = `const t = performance.now(); import(${JSON.stringify(file)}).then(() => console.log(performance.now() - t), () => console.log(performance.now() - t)).then(() => process.exit(0))`;
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim().split('\n').at(-1));
}
