import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { BackendDescription } from './catalogue';

type Environment = Readonly<Record<string, string | undefined>>;

/** The per-user cache that `npm run backends` fills: BACKENDS_CACHE, or a folder in the platform's cache folder. */
export function cacheDirectory(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  if (environment['BACKENDS_CACHE']) return environment['BACKENDS_CACHE'];
  const home = environment['HOME'] ?? homedir();
  const base =
    platform === 'darwin'
      ? join(home, 'Library', 'Caches')
      : platform === 'win32'
        ? (environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'))
        : environment['XDG_CACHE_HOME'] || join(home, '.cache');
  return join(base, 'grafana-observability-stack', 'backends');
}

/** The engine's path in the cache. It contains the version, so versions do not overwrite each other. */
export function cachePath(description: BackendDescription, directory: string): string {
  return join(directory, `${description.name}-${description.version}`, description.binary);
}

/** The cached executable, or undefined. The file is renamed to this name when it is complete. */
export async function cachedBinary(description: BackendDescription, directory: string): Promise<string | undefined> {
  const file = cachePath(description, directory);
  return (await isExecutable(file)) ? file : undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
