import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedFaults } from '../expected';
import { renderTable, withTable } from './table';
import type { Tried } from './try-fault';

const document = join(__dirname, '..', '..', '..', 'docs', 'reliability.md');

/** The last lines of a run. When every fault was tried, docs/reliability.md gets what came of it. */
export function summarize(file: string): string {
  const tried = readResults(file);
  const survived = [...tried.values()].filter((result) => result.survived);
  const lost = [...tried.values()].filter((result) => !result.survived);
  const lines = [
    '',
    ...lost.map(({ id, seen }) => `  not survived: ${id}: ${seen}`),
    `${tried.size} faults tried, ${survived.length} survived.`,
    '',
  ];
  const isWhole = expectedFaults.every(({ id }) => tried.has(id)) || process.env['FAULTS_WRITE'] === 'yes';
  if (isWhole) {
    writeFileSync(document, withTable(readFileSync(document, 'utf8'), renderTable(expectedFaults, tried)));
    lines.splice(-1, 0, 'docs/reliability.md has the results.');
  }
  return `${lines.join('\n')}\n`;
}

function readResults(file: string): ReadonlyMap<string, Tried> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Tried).map((tried) => [tried.id, tried]));
}
