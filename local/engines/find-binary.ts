import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { isExecutable } from './cache';
import type { BackendDescription } from './catalogue';
import { BackendUnusable } from './errors';

export interface FoundBinary {
  readonly file: string | undefined;
  /** Binaries that were skipped, and why. */
  readonly notes: readonly string[];
}

/**
 * The binary that the engine's variable names, else the first on PATH of the right major version. Throws
 * BackendUnusable when the variable names something that is not executable or of another major version.
 */
export async function findBinary(
  description: BackendDescription,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FoundBinary> {
  const { title, variable, major } = description;
  const named = environment[variable];
  if (named !== undefined && named !== '') {
    if (!(await isExecutable(named))) {
      throw new BackendUnusable(`${variable} names ${named}, which is not an executable file. Correct or unset it.`);
    }
    const version = await versionOf(named);
    if (isOther(version, major)) {
      throw new BackendUnusable(`${variable} names ${title} ${version}; ${major}.x is needed. Correct or unset it.`);
    }
    return { file: named, notes: [] };
  }
  const notes: string[] = [];
  for (const directory of (environment['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const file = join(directory, description.binary);
    if (!(await isExecutable(file))) continue;
    const version = await versionOf(file);
    if (!isOther(version, major)) return { file, notes };
    notes.push(`${title} ${version} at ${file} is skipped: ${major}.x is needed.`);
  }
  return { file: undefined, notes };
}

/**
 * The version that `--version` prints, e.g. `3.7.8`; undefined when it prints none, as builds from the Go module may.
 * Go's own version, which Loki and Tempo print too (`go version: go1.26.0`), is not the engine's.
 */
export async function versionOf(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, ['--version'], { timeout: 10_000 }, (_error, stdout, stderr) =>
      resolve(/(?<!\bgo|[\d.])\d+\.\d+\.\d+/.exec(`${stdout}\n${stderr}`)?.[0]),
    );
  });
}

function isOther(version: string | undefined, major: number): boolean {
  return version !== undefined && Number(version.split('.')[0]) !== major;
}
