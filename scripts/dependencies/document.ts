import type { Installed, List } from './installed';
import { allowed } from './licences';

/** General code that is in this repository although packages for it exist, and why. */
const ownCode: Readonly<Record<string, string>> = {
  'file locks (`node:sqlite`)':
    'proper-lockfile loses a lock in two ways: [one deploy at a time](decisions/packaging-lock.md)',
  'checking of SigV4 signatures (`local/kernel/sigv4`)':
    '@smithy/signature-v4 signs and does not check; no kept package was found that checks requests and chunked bodies',
  "the service's calls of S3 (`service/storage`)":
    "the SDK's signer over `node:http`, at half the CPU of its client: [S3 without the client](decisions/s3-without-the-client.md)",
  'the PromQL, LogQL and TraceQL evaluators (`local/engines/stand-ins`)':
    'the grammars are packages of Grafana and Prometheus; no evaluator in JavaScript was found; the real engines take their place where they are installed',
};

/**
 * docs/dependencies.md: what the two package.json list, with version and licence, and the licences that are accepted.
 */
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
    '## Written here',
    '',
    '| what | why no package |',
    '| --- | --- |',
    ...Object.entries(ownCode).map(([name, reason]) => `| ${name} | ${reason} |`),
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
