import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedFaults } from '../expected';
import { notSurvived } from '../not-survived';
import { rowsOf } from '../support/table';

const text = readFileSync(join(__dirname, '../../../docs/reliability.md'), 'utf8');
const rows = rowsOf(text);

it('lists the faults of the suite, each once and in its order', () => {
  expect(rows.map(([broken, often]) => `${broken}, ${often}`)).toEqual(
    expectedFaults.map(({ broken, often }) => `${broken.replace(/\s+/g, ' ')}, ${often}`),
  );
  expect(new Set(expectedFaults.map(({ id }) => id)).size).toBe(expectedFaults.length);
});

it('marks exactly the known faults as not survived', () => {
  const told = expectedFaults.filter((_, index) => rows[index]?.[2].startsWith('**not survived**')).map(({ id }) => id);
  expect(told.toSorted()).toEqual(Object.keys(notSurvived).toSorted());
});

it('states the numbers of its rows', () => {
  const [, tried, survived] = /(\d+) faults tried, (\d+) survived/.exec(text) ?? [];
  expect(Number(tried)).toBe(rows.filter(([, , result]) => result !== 'not tried').length);
  expect(Number(survived)).toBe(rows.filter(([, , result]) => result.startsWith('survived')).length);
});
