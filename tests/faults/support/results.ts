import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedFaults } from '../expected';
import { statements } from '../expected/statements';
import { renderStatements, statementsPlace } from './statements-table';
import { renderTable, resultsPlace, withTable } from './table';
import type { Tried } from './try-fault';

const document = join(__dirname, '..', '..', '..', 'docs', 'reliability.md');

/**
 * Prints a run's summary. Writes the statements and their tests to docs/reliability.md, and after a whole run also the
 * results.
 */
export function summarize(file: string): string {
  write((text) => withTable(text, renderStatements(statements), statementsPlace));
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
    write((text) => withTable(text, renderTable(expectedFaults, tried), resultsPlace));
    lines.splice(-1, 0, 'docs/reliability.md has the results.');
  }
  return `${lines.join('\n')}\n`;
}

/** Writes the document only if it changes. */
function write(change: (text: string) => string): void {
  const text = readFileSync(document, 'utf8');
  const changed = change(text);
  if (changed !== text) writeFileSync(document, changed);
}

function readResults(file: string): ReadonlyMap<string, Tried> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Tried).map((tried) => [tried.id, tried]));
}
