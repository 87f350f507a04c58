import { readFileSync } from 'node:fs';
import path from 'node:path';
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

it('can meet the licence of every installed package', () => {
  const foreign = installedPackages(root).filter(({ licence }) => !isAllowed(licence));
  expect(foreign).toEqual([]);
});

it('has a current list in docs/dependencies.md (npm run check:dependencies writes it)', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const document = readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
  expect(document).toBe(dependenciesDocument(installedPackages(root)));
  const listed = [...document.matchAll(/^\| ([@\w./-]+) \| \d+\.\d+\.\d+\S* \| /gm)].length;
  expect(listed).toBe(Object.keys({ ...dependencies, ...devDependencies }).length);
});

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
