import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedFaults } from '../expected';
import { statements } from '../expected/statements';
import type { Tested } from '../expected/statements/statement';
import { renderStatements, statementsPlace } from '../support/statements-table';
import { between } from '../support/table';
import { titlesOf } from '../support/test-titles';

const root = join(__dirname, '../../..');

it('quotes every statement once, each with a test', () => {
  expect(new Set(statements.map(({ topic, quote }) => `${topic}: ${quote}`)).size).toBe(statements.length);
  expect(statements.filter(({ triedBy }) => triedBy.length === 0)).toEqual([]);
});

it('names rows that are in the tables', () => {
  const ids = new Set(expectedFaults.map(({ id }) => id));
  const rows = statements.flatMap(({ triedBy }) => triedBy.flatMap((by) => ('title' in by ? [] : by)));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ id }) => !ids.has(id))).toEqual([]);
});

const tests = statements.flatMap(({ triedBy }) => triedBy.filter((by): by is Tested => 'title' in by));

it.each([...new Set(tests.map(({ file }) => file))])('names tests that are in %s', (file) => {
  expect(existsSync(join(root, file))).toBe(true);
  const titles = titlesOf(join(root, file));
  const missing = tests
    .filter((test) => test.file === file)
    .flatMap(({ title, cases }) => {
      const literals = titles.get(title);
      return literals === undefined
        ? [title]
        : cases.filter((each) => !literals.has(each)).map((each) => `${title}: ${each}`);
    });
  expect(missing).toEqual([]);
});

it('is in docs/reliability.md; any run of npm run test:faults writes it', () => {
  const text = readFileSync(join(root, 'docs/reliability.md'), 'utf8');
  expect(between(text, statementsPlace).trim()).toBe(renderStatements(statements).trim());
});
