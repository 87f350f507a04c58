import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  /** A link to the workspace's own folder. */
  readonly link?: boolean;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(__dirname, '../../../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Where Node would find `name` from the package at `from` ('' is the root), or undefined. */
function resolve(from: string, name: string): string | undefined {
  const here = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (lock.packages[here]) {
    return here;
  }
  return from === '' ? undefined : resolve(from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0)), name);
}

// npm leaves a platform's binary out of the lock file when the registry in use cannot serve it at that moment, and `npm
// ci` then refuses the whole file ("Missing: … from lock file"), on every machine.
it('has an entry for every dependency of every locked package, other platforms included, so that npm ci accepts it', () => {
  const missing = Object.entries(lock.packages).flatMap(([from, { dependencies, optionalDependencies }]) =>
    Object.entries({ ...dependencies, ...optionalDependencies })
      .filter(([name]) => resolve(from, name) === undefined)
      .map(([name, range]) => `${name}@${range} of ${from}`),
  );
  expect(missing).toEqual([]);
});

it('names a version in every entry', () => {
  const unversioned = Object.entries(lock.packages).filter(([, { version, link }]) => version === undefined && !link);
  expect(unversioned).toEqual([]);
});
