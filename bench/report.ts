/** The figures as Markdown: medians, spread, and ratios within a round. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BundleFigures } from './lambda-bundles';
import { type Amounts, CONNECTIONS, type RoundFigures, type Route } from './measure';
import type { SoakPoint } from './soak';
import { BARE, DEPLOYED, FLOOR } from './variants';

export interface Findings {
  readonly machine: string;
  readonly pinned: boolean;
  readonly s3: string;
  readonly amounts: Amounts;
  readonly rounds: ReadonlyMap<string, readonly RoundFigures[]>;
  readonly soak: readonly SoakPoint[];
  readonly bundles: readonly BundleFigures[];
}

export function render(findings: Findings): string {
  const many = findings.rounds.values().next().value?.length ?? 0;
  return [
    `${findings.machine}. ${findings.pinned ? 'Server pinned to one core, load, S3 and the OTLP sink to the other' : 'Not pinned: this system cannot'}. ` +
      `S3: ${findings.s3}. ${CONNECTIONS} connections, ${many} interleaved rounds, ${findings.amounts.data} requests a data route and round, ${findings.amounts.health} to /health. ` +
      `Node runs with ${DEPLOYED.join(' ')}, as deployed, where the variant does not say otherwise. Medians; in brackets the least and the greatest of the rounds.`,
    dataTable(findings.rounds),
    healthTable(findings.rounds),
    processTable(findings.rounds),
    soakTable(findings.soak),
    bundleTable(findings.bundles),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** Puts the tables between the marks of docs/performance.md. */
export function writeTables(tables: string): void {
  const file = resolve(__dirname, '..', 'docs', 'performance.md');
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end === -1) throw new Error(`docs/performance.md has lost its marks: ${BEGIN} and ${END}`);
  writeFileSync(file, `${text.slice(0, begin + BEGIN.length)}\n\n${tables}\n${text.slice(end)}`);
}

type Rounds = Findings['rounds'];

function dataTable(rounds: Rounds): string {
  const rows = [...rounds.keys()]
    .filter((name) => name !== FLOOR)
    .map((name) => {
      const cells = (['get', 'post'] as const).flatMap((route) => [
        spread(values(rounds, name, route, 'cpuMs'), 3),
        spread(ratios(rounds, name, BARE, route, 'cpuMs'), 2),
        latencies(rounds, name, route),
      ]);
      return row(name, ...cells);
    });
  return [
    '### CPU of the server a request',
    '',
    row('variant', 'GET, ms', 'ratio', LATENCIES, 'POST, ms', 'ratio', LATENCIES),
    rule(7),
    ...rows,
  ].join('\n');
}

function healthTable(rounds: Rounds): string {
  const rows = [...rounds.keys()].map((name) =>
    row(
      name,
      spread(values(rounds, name, 'health', 'rps'), 0),
      spread(ratios(rounds, name, FLOOR, 'health', 'rps'), 2),
      spread(values(rounds, name, 'health', 'cpuMs'), 3),
      latencies(rounds, name, 'health'),
    ),
  );
  return [
    '### /health',
    '',
    row('variant', 'requests a second', `of ${FLOOR}`, 'CPU, ms', LATENCIES),
    rule(5),
    ...rows,
  ].join('\n');
}

function processTable(rounds: Rounds): string {
  const rows = [...rounds].map(([name, figures]) =>
    row(
      name,
      spread(
        figures.map(({ startMs }) => startMs),
        0,
      ),
      spread(
        figures.map(({ residentMb }) => residentMb),
        0,
      ),
    ),
  );
  return [
    '### Start and memory',
    '',
    row('variant', 'spawn to first 200, ms', 'resident after the load, MB'),
    rule(3),
    ...rows,
  ].join('\n');
}

function soakTable(points: readonly SoakPoint[]): string {
  if (points.length === 0) return '';
  const rows = points.map(({ requests, residentMb }) => row(requests.toLocaleString('en'), residentMb.toFixed(0)));
  return [
    '### Memory over many requests (the deployed bundle and options)',
    '',
    row('requests', 'resident, MB'),
    rule(2),
    ...rows,
  ].join('\n');
}

function bundleTable(bundles: readonly BundleFigures[]): string {
  const rows = bundles.map(({ name, kilobytes, importMs }) =>
    row(name, kilobytes.toFixed(0), importMs?.toFixed(0) ?? ''),
  );
  return ['### Bundles', '', row('bundle', 'KB unzipped', 'import, ms'), rule(3), ...rows].join('\n');
}

const LATENCIES = 'p50, p99 (ms), p99 : p50';

function latencies(rounds: Rounds, name: string, route: Route): string {
  const [p50, p99] = [values(rounds, name, route, 'p50'), values(rounds, name, route, 'p99')];
  const times = p99.map((value, round) => value / (p50[round] ?? Number.NaN));
  return `${median(p50).toFixed(1)}, ${median(p99).toFixed(1)}, ${median(times).toFixed(1)}`;
}

function values(rounds: Rounds, name: string, route: Route, figure: 'cpuMs' | 'rps' | 'p50' | 'p99'): number[] {
  return (rounds.get(name) ?? []).flatMap(({ routes }) => routes[route]?.[figure] ?? []);
}

function ratios(rounds: Rounds, name: string, base: string, route: Route, figure: 'cpuMs' | 'rps'): number[] {
  const below = values(rounds, base, route, figure);
  return values(rounds, name, route, figure).map((value, round) => value / (below[round] ?? Number.NaN));
}

function spread(numbers: readonly number[], digits: number): string {
  if (numbers.length === 0) return '';
  const shown = (value: number) => value.toFixed(digits);
  return `${shown(median(numbers))} (${shown(Math.min(...numbers))}–${shown(Math.max(...numbers))})`;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function rule(columns: number): string {
  return row(...Array.from({ length: columns }, () => '---'));
}
