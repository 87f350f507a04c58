import type { Cause } from './cause';
import type { Item, Outcome, StateKind, Timeline, Visit } from './timeline';

/**
 * A line of the report: a Task, Map, Parallel or Fail state, with all visits of a loop in one line. Choice, Pass and
 * Wait states are left out; `Step.waits` counts a loop's waits.
 */
export interface Step {
  readonly name: string;
  readonly kind: StateKind;
  readonly outcome: Outcome;
  /** From the first entry to the last exit, a loop's waits included; to `now` while the step runs. */
  readonly seconds: number;
  /** The result's `outcome` (`added`, `unchanged`, …), if any. */
  readonly change?: string;
  /** One line for readers. */
  readonly detail?: string;
  readonly visits: readonly Visit[];
  /** Tries beyond the first, over all visits. */
  readonly retries: number;
  readonly failure?: Cause;
  /** Why the last try failed: while a retry is pending, or after one succeeded. */
  readonly lastRetryCause?: Cause;
  readonly items: readonly ItemLine[];
  readonly expectedItems?: number;
}

export interface ItemLine {
  readonly index: number;
  readonly outcome: Outcome;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly change?: string;
  readonly detail?: string;
  readonly failure?: Cause;
  readonly visits: readonly Visit[];
}

/**
 * The steps in the order of their first entry. The seconds of running steps are measured to `now` (milliseconds since
 * 1970).
 */
export function stepsOf(timeline: Timeline, now: number = timeline.endedAt ?? timeline.startedAt): readonly Step[] {
  const groups = new Map<string, Visit[]>();
  for (const visit of timeline.visits) {
    if (!shown.has(visit.kind)) continue;
    const group = groups.get(visit.name);
    if (group) group.push(visit);
    else groups.set(visit.name, [visit]);
  }
  return [...groups.values()].map((visits) => step(visits, timeline, now));
}

/** The step that made the execution fail: the first whose retries did not help. Undefined when there is none. */
export function failedStep(timeline: Timeline): Step | undefined {
  return failedSteps(timeline)[0];
}

/** The steps that failed after the first failure, while the run ended: access not closed, report not written. */
export function furtherFailures(timeline: Timeline): readonly Step[] {
  return failedSteps(timeline).slice(1);
}

function failedSteps(timeline: Timeline): readonly Step[] {
  return stepsOf(timeline).filter(({ failure, kind }) => failure !== undefined && kind !== 'Fail');
}

/** The current state of the execution, waits and choices included; undefined when it has ended. */
export function currentVisit(timeline: Timeline): Visit | undefined {
  return timeline.outcome === 'running'
    ? timeline.visits.findLast(({ exitedAt }) => exitedAt === undefined)
    : undefined;
}

const shown: ReadonlySet<StateKind> = new Set<StateKind>(['Task', 'Map', 'Parallel', 'Fail']);

function step(visits: readonly Visit[], timeline: Timeline, now: number): Step {
  const [first, last] = [visits[0], visits.at(-1)];
  if (!first || !last) throw new TypeError('a step has at least one visit');
  const items = last.items.map((item) => itemLine(item, now));
  const result = last.result;
  const failure = last.failure ?? (last.kind === 'Fail' ? timeline.failure : undefined);
  const failedTries = visits.flatMap(({ attempts }) => attempts.filter((attempt) => attempt.failure));
  const isOpen = last.exitedAt === undefined;
  // A loop's step counts as running while the machine is in the loop's Wait state.
  const isWaiting = timeline.outcome === 'running' && result?.status === 'PENDING';
  const detail = result?.detail ?? (last.kind === 'Map' ? summary(items) : undefined);
  const change = result?.outcome ?? (last.kind === 'Map' ? changeOf(items) : undefined);
  const lastRetryCause = failedTries.at(-1)?.failure;
  return {
    name: last.name,
    kind: last.kind,
    outcome: last.outcome,
    seconds: seconds(first.enteredAt, isOpen || isWaiting ? now : (last.exitedAt ?? now)),
    ...(change !== undefined && { change }),
    ...(detail !== undefined && { detail }),
    visits,
    retries: visits.reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0),
    ...(failure && !isOpen && { failure }),
    ...(lastRetryCause && { lastRetryCause }),
    items,
    ...(last.expected !== undefined && { expectedItems: last.expected }),
  };
}

function itemLine(item: Item, now: number): ItemLine {
  const task = item.visits.findLast(({ kind }) => kind === 'Task');
  const failure = item.visits.find((visit) => visit.failure && visit.outcome !== 'caught')?.failure;
  return {
    index: item.index,
    outcome: item.outcome,
    startedAt: item.startedAt,
    seconds: seconds(item.startedAt, item.endedAt ?? now),
    ...(task?.result?.outcome !== undefined && { change: task.result.outcome }),
    ...(task?.result?.detail !== undefined && { detail: task.result.detail }),
    ...(failure && { failure }),
    visits: item.visits,
  };
}

/** `3 added, 1 unchanged`: sums the items' tallies; an item without one counts once. */
function summary(items: readonly ItemLine[]): string | undefined {
  const counts = new Map<string, number>();
  for (const item of items) {
    for (const [change, count] of talliesOf(item)) counts.set(change, (counts.get(change) ?? 0) + count);
  }
  return counts.size === 0 ? undefined : [...counts].map(([change, count]) => `${count} ${change}`).join(', ');
}

/** What an item changed: its tally, else its one change. */
export function talliesOf({ change, visits }: ItemLine): readonly (readonly [string, number])[] {
  const tally = visits.findLast(({ kind }) => kind === 'Task')?.result?.evidence['tally'];
  if (typeof tally !== 'object' || tally === null) return change ? [[change, 1]] : [];
  return Object.entries(tally).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
}

/** The change if all items agree, else the worst one; undefined if none of them is bad. */
function changeOf(items: readonly ItemLine[]): string | undefined {
  const changes = new Set(items.map(({ change }) => change));
  const [only] = changes;
  return changes.size === 1
    ? only
    : ['failed', 'drifted', 'warned', 'not-evaluated'].find((change) => changes.has(change));
}

function seconds(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 10) / 100);
}
