import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { readAudit } from '../../../scripts/dependencies/audit';
import { dependenciesDocument } from '../../../scripts/dependencies/document';
import { installedPackages } from '../../../scripts/dependencies/installed';
import { isAllowed } from '../../../scripts/dependencies/licences';

const root = path.resolve(__dirname, '../../..');

it.each([
  ['MIT', true],
  ['(MIT AND Zlib)', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['GPL-3.0-only OR (MIT AND Apache-2.0)', true],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT OR Apache-2.0) AND AGPL-3.0-only', false],
  ['GPL-2.0-only WITH Classpath-exception-2.0', false],
  ['MIT WITH something', false],
  ['(MIT', false],
  ['SEE LICENSE IN LICENSE.txt', false],
  ['UNLICENSED', false],
  ['toString', false],
  ['', false],
])('can meet the licence "%s": %s', (expression, expected) => {
  expect(isAllowed(expression)).toBe(expected);
});

it('has only installed packages whose licence can be met', () => {
  const foreign = installedPackages(root).filter(({ licence }) => !isAllowed(licence));
  expect(foreign).toEqual([]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifestOf = (directory: string): Manifest =>
  JSON.parse(readFileSync(path.join(root, directory, 'package.json'), 'utf8')) as Manifest;
const packages = ['.', 'local'].map((directory) => ({ directory, ...manifestOf(directory) }));

it('has a current list in docs/dependencies.md (npm run check:dependencies writes it)', () => {
  const document = readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
  expect(document).toBe(dependenciesDocument(installedPackages(root)));
  const listed = [...document.matchAll(/^\| ([@\w./-]+) \| \d+\.\d+\.\d+\S* \| /gm)].length;
  const named = packages.flatMap(({ dependencies, devDependencies }) => [
    ...Object.keys(dependencies),
    ...Object.keys(devDependencies),
  ]);
  expect(listed).toBe(named.length);
});

describe.each(packages)('$directory/package.json', ({ directory, dependencies, devDependencies }) => {
  /** Used by name in a script or a configuration, or only by other packages' types. */
  const tools = [
    ...[
      '@biomejs/biome',
      '@swc/core',
      '@swc/jest',
      '@types/aws-lambda',
      '@types/express',
      '@types/jest',
      '@types/node',
    ],
    ...['dependency-cruiser', 'jest', 'node', 'tsx'],
    // Resolved by service/build.cjs.
    'mime-db',
  ];

  it('lists nothing that its files do not import', () => {
    const imported = importedPackages(directory);
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !imported.has(name) && !tools.includes(name))).toEqual([]);
  });

  it('lists nothing twice', () => {
    expect(Object.keys(dependencies).filter((name) => name in devDependencies)).toEqual([]);
  });
});

it('has one version of what both packages list', () => {
  const [product, localCloud] = packages.map(({ dependencies, devDependencies }) => ({
    ...dependencies,
    ...devDependencies,
  }));
  const shared = Object.entries(product ?? {}).filter(([name]) => name in (localCloud ?? {}));
  expect(shared.length).toBeGreaterThan(0);
  expect(shared.filter(([name, version]) => localCloud?.[name] !== version)).toEqual([]);
});

/** The packages that the source files of a package import; the local cloud's are not the product's. */
function importedPackages(directory: string): ReadonlySet<string> {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', directory], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => /\.[cm]?[jt]s$/.test(file) && (directory === 'local' || !file.startsWith('local/')))
    .filter((file) => existsSync(path.join(root, file)));
  return new Set(
    files.flatMap((file) =>
      ts
        .preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, true)
        .importedFiles.filter(({ fileName }) => !/^(?:\.|node:)/.test(fileName))
        .map(({ fileName }) => /^(?:@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? ''),
    ),
  );
}

describe('npm audit', () => {
  const vulnerability = (name: string, severity: string, via: unknown[] = [{ title: 'Prototype pollution' }]) => ({
    [name]: { name, severity, range: '<2.0.0', via },
  });

  it('fails on findings of severity high or critical, not on lesser ones', () => {
    const report = {
      vulnerabilities: {
        ...vulnerability('one', 'high'),
        ...vulnerability('two', 'critical', ['one']),
        ...vulnerability('three', 'moderate'),
      },
    };
    expect(readAudit(JSON.stringify(report))).toEqual({
      ran: true,
      findings: [
        { name: 'one', severity: 'high', range: '<2.0.0', titles: ['Prototype pollution'] },
        { name: 'two', severity: 'critical', range: '<2.0.0', titles: ['by one'] },
      ],
    });
  });

  it('says that it was not run where the endpoint does not answer, and why, without the registry’s address', () => {
    const refused = {
      message: '405 Method Not Allowed - POST https://registry.example.org/-/npm/v1/security',
      error: {},
    };
    expect(readAudit(JSON.stringify(refused))).toEqual({ ran: false, reason: '405 Method Not Allowed' });
    const offline = { error: { code: 'ENOTFOUND', summary: 'request failed\nreason: getaddrinfo' } };
    expect(readAudit(JSON.stringify(offline))).toEqual({ ran: false, reason: 'request failed' });
    expect(readAudit('', 'spawn npm ENOENT')).toEqual({ ran: false, reason: 'spawn npm ENOENT' });
  });
});
