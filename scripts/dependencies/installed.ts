import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Installed {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or '' when the package names none. */
  readonly licence: string;
  readonly use: 'production' | 'development';
  /** Named in package.json itself. */
  readonly isDirect: boolean;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly link?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  /** The form before SPDX expressions: a choice. */
  readonly licenses?: readonly { readonly type?: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Every package of the lock file that is installed in `root`, as its own package.json tells of it; other platforms' binaries are not.
 * Throws when none is: `npm ci` installs them.
 */
export function installedPackages(root: string): readonly Installed[] {
  const { dependencies, devDependencies } = read<Manifest>(path.join(root, 'package.json'));
  const direct = new Set(Object.keys({ ...dependencies, ...devDependencies }).map((name) => `node_modules/${name}`));
  const { packages } = read<{ readonly packages: Readonly<Record<string, LockedPackage>> }>(
    path.join(root, 'package-lock.json'),
  );
  const installed = Object.entries(packages).flatMap(([place, { dev, link }]): Installed[] => {
    const file = path.join(root, place, 'package.json');
    if (place === '' || link || !existsSync(file)) return [];
    const manifest = read<Manifest>(file);
    return [
      {
        name: manifest.name,
        version: manifest.version,
        licence: licenceOf(manifest),
        use: dev ? 'development' : 'production',
        isDirect: direct.has(place),
      },
    ];
  });
  if (installed.length === 0) throw new Error(`Nothing is installed in ${root}: run "npm ci" first.`);
  return installed;
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  return (licenses ?? []).flatMap(({ type }) => (type ? [type] : [])).join(' OR ');
}

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(file, 'utf8')) as Content;
}
