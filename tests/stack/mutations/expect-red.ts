import type { CheckVerdict } from '../../../functions/domain/checks/check';
import type { Expected } from './mutations';

/** Result of the checks for one run of the tester. */
export interface Judged {
  readonly checks: readonly Pick<CheckVerdict, 'name' | 'kind' | 'hop'>[];
  /** Names of the checks that are red. */
  readonly red: readonly string[];
  /** The error that the setup would end with; empty when it would continue. */
  readonly judged: string;
}

/**
 * Expects exactly the declared checks to be red, besides those that go red in time, and the setup's error to begin with
 * the root cause as worded there.
 */
export function expectRed({ checks, red, judged }: Judged, expected: Expected): void {
  const { redInTime = [] } = expected;
  expect(red.filter((name) => !redInTime.includes(name)).sort()).toEqual([...expected.red].sort());
  const first = checks.find(({ name }) => name === expected.first);
  expect(first).toMatchObject({ kind: expected.kind, hop: expected.hop });
  // The setup ends with this sentence.
  expect(judged.startsWith(`${expected.first} is ${expected.kind} (${expected.hop}): `)).toBe(true);
  expect(judged.slice(judged.indexOf(expected.first))).toMatch(expected.says);
}
