import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Installed {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or '' when the package names none. */
  readonly licence: string;
  /** The lists of the two package.json that name it; empty for a transitive dependency. */
  readonly lists: readonly List[];
}

/** A list of the product's package.json or of the local cloud's. */
export type List = 'product' | 'product development' | 'local cloud' | 'local cloud development';

interface LockedPackage {
  readonly link?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  /** The form before SPDX expressions: a list of alternatives. */
  readonly licenses?: readonly { readonly type?: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Every package of the lock file that is installed in `root`, with the data of its own package.json. Binaries of other
 * platforms are not installed. Throws when none is: `npm ci` installs them.
 */
export function installedPackages(root: string): readonly Installed[] {
  const product = read<Manifest>(path.join(root, 'package.json'));
  const localCloud = read<Manifest>(path.join(root, 'local', 'package.json'));
  const named: readonly (readonly [List, Manifest['dependencies']])[] = [
    ['product', product.dependencies],
    ['product development', product.devDependencies],
    ['local cloud', localCloud.dependencies],
    ['local cloud development', localCloud.devDependencies],
  ];
  const { packages } = read<{ readonly packages: Readonly<Record<string, LockedPackage>> }>(
    path.join(root, 'package-lock.json'),
  );
  const installed = Object.entries(packages).flatMap(([place, { link }]): Installed[] => {
    const file = path.join(root, place, 'package.json');
    if (!place.includes('node_modules/') || link || !existsSync(file)) return [];
    const manifest = read<Manifest>(file);
    return [
      {
        name: manifest.name,
        version: manifest.version,
        licence: licenceOf(manifest),
        lists: named.flatMap(([list, names]) =>
          Object.keys(names ?? {}).some((name) => place === placeOf(list, name, packages)) ? [list] : [],
        ),
      },
    ];
  });
  if (installed.length === 0) throw new Error(`Nothing is installed in ${root}: run "npm ci" first.`);
  return installed;
}

/** Its place in node_modules: at the root, or below local/ when the product has another version. */
function placeOf(list: List, name: string, packages: Readonly<Record<string, LockedPackage>>): string {
  const own = `local/node_modules/${name}`;
  return list.startsWith('local cloud') && own in packages ? own : `node_modules/${name}`;
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  return (licenses ?? []).flatMap(({ type }) => (type ? [type] : [])).join(' OR ');
}

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(file, 'utf8')) as Content;
}
