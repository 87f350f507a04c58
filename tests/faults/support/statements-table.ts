import type { Rows, Statement, Tested } from '../expected/statements/statement';

export const statementsPlace = {
  begin: '<!-- statements: written by npm run test:faults -->',
  end: '<!-- end of statements -->',
} as const;

/** The table of statements and their tests: rows of the result tables by their fault, other tests by file and title. */
export function renderStatements(statements: readonly Statement[]): string {
  return [
    '| of | demanded | tried by |',
    '| --- | --- | --- |',
    ...statements.map(
      ({ topic, quote, triedBy }) =>
        `| ${topic} | ${cell(quote)} | ${triedBy.map((by) => cell(told(by))).join('<br>')} |`,
    ),
    '',
  ].join('\n');
}

function told(by: Statement['triedBy'][number]): string {
  if ('title' in by) return test(by);
  const [first, ...others] = 'id' in by ? [by] : (by as Rows);
  if (first === undefined) throw new Error('No row of the tables is left of these.');
  return `${first.plane}: ${first.broken}${others.length === 0 ? '' : ` (and ${others.length} more)`}`;
}

function test({ file, title, cases }: Tested): string {
  const name = file.replace(/^tests\/(.*)\.test\.ts$/, '$1');
  return `[${name}](../${file}): ${title}${cases.length === 0 ? '' : ` (${cases.join(', ')})`}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
