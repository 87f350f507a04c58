import type { Step } from './steps';

/**
 * The number of signal checks by outcome. A check looks at one thing: a call's trace, a counter's increase, a
 * dashboard's queries.
 */
export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
  readonly notEvaluated: number;
}

/**
 * The number of steps and Map items by outcome: `{ "unchanged": 9, "passed": 5 }`. `countChecks` counts the checks
 * within an item.
 */
export function countChanges(steps: readonly Step[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const step of steps) {
    const changes = step.items.length > 0 ? step.items.map(({ change }) => change) : [step.change];
    for (const change of changes) if (change !== undefined) counts[change] = (counts[change] ?? 0) + 1;
  }
  return counts;
}

/** The checks that the items returned (JudgeResults reads the same); undefined before the first. */
export function countChecks(steps: readonly Step[]): CheckCounts | undefined {
  const outcomes = steps
    .flatMap(({ items }) =>
      items.flatMap(({ visits }) => visits.findLast(({ result }) => result)?.result?.evidence['checks']),
    )
    .map((check) => (typeof check === 'object' && check !== null && 'outcome' in check ? check.outcome : undefined));
  const of = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
  const counts = { passed: of('passed'), failed: of('failed'), notEvaluated: of('not-evaluated') };
  return counts.passed + counts.failed + counts.notEvaluated > 0 ? counts : undefined;
}
