import type { Installed, List } from './installed';
import { allowed } from './licences';

/** docs/dependencies.md: what the two package.json list, with version and licence, and the licences that are accepted. */
export function dependenciesDocument(installed: readonly Installed[]): string {
  return [
    '# Dependencies',
    '',
    'Made by `npm run check:dependencies`, which also reads the licence of every package that these bring along, and asks the registry',
    'for known findings of severity high or critical. It fails on a licence that is not in the list below.',
    '',
    'The repository has two packages. The product (`package.json`) is what is deployed and what deploys it. The local cloud',
    '(`local/package.json`) is for `--stage local`: nothing of it is deployed. `npm ci` installs both.',
    ...section('The product', 'product', installed),
    ...section('The product: development and tests', 'product development', installed),
    ...section('The local cloud', 'local cloud', installed),
    ...section('The local cloud: tests', 'local cloud development', installed),
    '',
    '## Accepted licences',
    '',
    '| licence | asks |',
    '| --- | --- |',
    ...Object.entries(allowed).map(([name, asks]) => `| ${name} | ${asks} |`),
    '',
  ].join('\n');
}

function section(title: string, list: List, installed: readonly Installed[]): readonly string[] {
  const direct = installed.filter(({ lists }) => lists.includes(list));
  return [
    '',
    `## ${title}`,
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...direct
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
  ];
}
