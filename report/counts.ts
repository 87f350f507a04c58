import { type Step, talliesOf } from './steps';

/**
 * The number of signal checks by outcome. A check looks at one thing: a call's trace, a counter's increase, a
 * dashboard's queries.
 */
export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
  readonly notEvaluated: number;
  /** Failed checks of services that are only reported (`require: warn` in services.yml); left out when there is none. */
  readonly warned?: number;
}

/**
 * The number of steps and Map items by outcome: `{ "unchanged": 9, "passed": 5 }`. An item with a tally counts as many
 * as the things that it changed, as its step's own line does. `countChecks` counts the checks within an item.
 */
export function countChanges(steps: readonly Step[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const step of steps) {
    const own = step.change === undefined ? [] : [[step.change, 1] as const];
    const changes = step.items.length > 0 ? step.items.flatMap(talliesOf) : own;
    for (const [change, count] of changes) counts[change] = (counts[change] ?? 0) + count;
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
  const warned = of('warned');
  const counts = { passed: of('passed'), failed: of('failed'), notEvaluated: of('not-evaluated') };
  if (counts.passed + counts.failed + counts.notEvaluated + warned === 0) return undefined;
  return warned > 0 ? { ...counts, warned } : counts;
}
