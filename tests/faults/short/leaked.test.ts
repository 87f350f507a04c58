import { leaked } from '../support/leaked';

const runs = Array.from({ length: 60 }, (_, run) => run);

/**
 * Open sockets of the local cloud after each of 60 runs of the tester, measured twice. Kept-alive connections come and
 * go.
 */
const levelRows: readonly (readonly [string, readonly number[]])[] = [
  [
    'one connection for runs 41 to 57',
    runs.map((run) =>
      run < 13 ? 353 : run === 16 || run === 41 || run === 57 ? 353 : run > 41 && run < 57 ? 351 : 349,
    ),
  ],
  [
    'single looks with one more, and fewer after the warm-up',
    runs.map((run) => (run < 14 ? 365 : [14, 36, 45, 53].includes(run) ? 363 : 361)),
  ],
];
/** Rows without a leak that the measurements above do not cover. */
const shifted: readonly (readonly [string, readonly number[]])[] = [
  ['one connection that stays from run 35 on', runs.map((run) => (run < 35 ? 40 : 42))],
  ['connections of five runs, every seven', runs.map((run) => (run % 7 < 5 ? 42 : 40))],
  ['fewer and fewer', runs.map((run) => 60 - Math.floor(run / 10))],
];

it.each([...levelRows, ...shifted])('finds no leak in counts that stay level: %s', (_name, counts) => {
  expect(leaked(counts)).toBe(0);
});

it.each(
  [...levelRows, ...shifted.slice(0, 2)].flatMap(([name, counts]) =>
    [0, 3, 9].map((phase) => [name, phase, counts] as const),
  ),
)('finds one leak in ten runs under %s (from run %d on)', (_name, phase, counts) => {
  expect(leaked(counts.map((count, run) => count + Math.floor((run + phase) / 10)))).toBeGreaterThanOrEqual(2);
});

it('finds one leak in ten runs when every third run is measured', () => {
  expect(leaked(Array.from({ length: 60 }, (_, sample) => 20 + Math.floor((sample * 3) / 10)))).toBeGreaterThan(5);
});
