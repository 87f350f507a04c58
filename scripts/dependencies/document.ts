import type { Installed } from './installed';
import { allowed } from './licences';

/** docs/dependencies.md: the direct dependencies with version and licence, and the licences that are accepted. */
export function dependenciesDocument(installed: readonly Installed[]): string {
  return [
    '# Dependencies',
    '',
    'Made by `npm run check:dependencies`, which also reads the licence of every package that these bring along, and asks the registry',
    'for known findings of severity high or critical. It fails on a licence that is not in the list below.',
    ...section('Production', 'production', installed),
    ...section('Development', 'development', installed),
    '',
    '## Accepted licences',
    '',
    '| licence | asks |',
    '| --- | --- |',
    ...Object.entries(allowed).map(([name, asks]) => `| ${name} | ${asks} |`),
    '',
  ].join('\n');
}

function section(title: string, use: Installed['use'], installed: readonly Installed[]): readonly string[] {
  const direct = installed.filter((each) => each.isDirect && each.use === use);
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
