import { currentVisit, type ItemLine, type Step, stepsOf, type Timeline } from '../../report';
import type { Style } from '../terminal';
import { cut, hanging, widthOf } from './fit';

/** How a step's lines are drawn. */
export interface Drawing {
  readonly style: Style;
  /** The terminal's width; undefined where there is none. */
  readonly columns?: number | undefined;
  /** Whether an earlier step failed: what follows only cleans up, and gets no tick. */
  readonly isAfterFailure?: boolean;
}

/**
 * The finished lines of a step: mark, name, seconds and what it did, cut to the terminal's width (the last lines have a
 * failure in full); and a failed Map's items. What has no room beside the name goes below it.
 */
export function finishedLines(step: Step, { style, columns, isAfterFailure = false }: Drawing): readonly string[] {
  // RecordFailure reports a failure but has succeeded itself.
  const saysFailed = step.change === 'failed' && step.items.length > 0;
  const [mark, colour] = saysFailed
    ? marks.failed
    : isAfterFailure && step.outcome === 'succeeded'
      ? marks.cleanup
      : marks[step.outcome];
  const retries = step.retries > 0 ? ` (${plural(step.retries, 'retry', 'retries')})` : '';
  const head = `${style(colour, mark)} ${step.name.padEnd(nameWidth)} ${style('dim', secondsText(step.seconds))}`;
  const room = widthOf(columns) - headWidth - retries.length;
  const { failure } = step;
  const text = failure ? `${failure.error}: ${failure.message}` : saidOf(step, isAfterFailure);
  const isBelow = room < Math.min(leastRoom, text.length) || (failure !== undefined && text.length > room);
  const beside = isBelow ? (failure && failure.error.length <= room ? failure.error : '') : text;
  const rest = beside === failure?.error ? failure.message : text;
  return [
    `${head}  ${cut(beside, Math.max(room, 0))}${style('dim', retries)}`.trimEnd(),
    ...(isBelow ? [`    ${cut(rest, widthOf(columns) - 4)}`] : []),
    ...step.items
      .filter(({ outcome }) => outcome === 'failed')
      .flatMap((item) => failedItem(item, step, style, columns)),
  ];
}

/**
 * The change and the detail of a step. For the record of a failure only that it was stored, because the failure is
 * printed already.
 */
function saidOf(step: Step, isAfterFailure: boolean): string {
  if (isAfterFailure && step.change === 'failed') return 'the report is stored';
  // The detail of a Map counts its items by their change.
  if (step.items.length > 0) return step.detail ?? '';
  return [step.change, withoutEcho(step)].filter((part) => part !== undefined && part !== '').join(': ');
}

/**
 * A detail that begins with the change's own word, or repeats that something is unchanged, would say it twice:
 * `unchanged: log-in unchanged`.
 */
function withoutEcho({ change, detail }: Step): string | undefined {
  if (change === undefined || detail === undefined) return detail;
  if (detail === change) return undefined;
  const rest = detail.replace(new RegExp(`^${change}[,:;] `), '');
  return change === 'unchanged' ? rest.replaceAll(/ unchanged(?=;|,|$)/g, '') : rest;
}

/** The running steps: a row for each, with its seconds, the completed items, and why it waits or tries again. */
export function liveRows(
  timeline: Timeline,
  now: number,
  { style, columns }: Drawing,
  waiting: readonly string[] = [],
): readonly string[] {
  // The framework draws two characters before each row.
  const row = (name: string, seconds: number, why: string): string =>
    `${name.padEnd(nameWidth)} ${style('dim', secondsText(seconds))}  ${cut(why, widthOf(columns) - headWidth - 1)}`.trimEnd();
  const steps = stepsOf(timeline, now);
  const running = steps.filter(({ outcome }) => outcome === 'running');
  if (running.length > 0) {
    return [
      ...running.map((step) => row(step.name, step.seconds, explain(step))),
      ...waiting.map((line) => `  ${cut(line, widthOf(columns) - 6)}`),
    ];
  }
  const visit = currentVisit(timeline);
  if (!visit) return [];
  const last = steps.at(-1);
  const isLoop = last?.visits.at(-1)?.result?.status === 'PENDING';
  const [name, seconds, why] = isLoop
    ? [last.name, last.seconds, last.detail]
    : [visit.kind === 'Wait' ? 'waiting' : visit.name, (now - visit.enteredAt) / 1000, undefined];
  return [row(name, seconds, why ?? '')];
}

/** Why a running step takes its time: `2 of 5 items`, `try 2 after TooManyRequests: …`. */
export function explain(step: Step): string {
  const parts: string[] = [];
  if (step.expectedItems !== undefined) {
    const done = step.items.filter(({ outcome }) => outcome !== 'running').length;
    parts.push(`${done} of ${plural(step.expectedItems, 'item', 'items')}`);
  }
  const visit = step.visits.at(-1);
  const failed = visit?.attempts.findLast((attempt) => attempt.failure)?.failure;
  if (visit && failed) {
    const tries = visit.attempts.length;
    const waits = visit.attempts.at(-1)?.failure !== undefined;
    parts.push(
      `${waits ? `will try again (${tries} so far)` : `try ${tries}`} after ${failed.error}: ${cut(failed.message, 160)}`,
    );
  } else if (step.visits.length > 1) {
    const before = step.visits.at(-2)?.result?.detail;
    if (before) parts.push(before);
  }
  return parts.join(', ');
}

const nameWidth = 26;
/** Mark, name, seconds, and the spaces between them. */
const headWidth = 2 + nameWidth + 1 + 7 + 2;
/** With fewer characters left a step's text goes below its name. */
const leastRoom = 24;

const marks = {
  succeeded: ['✔', 'green'],
  running: ['•', 'cyan'],
  failed: ['✖', 'red'],
  'timed-out': ['✖', 'red'],
  aborted: ['■', 'yellow'],
  caught: ['✖', 'red'],
  cleanup: ['·', 'dim'],
} as const;

/** Which item; its cause too, unless the line above has it. */
function failedItem(item: ItemLine, step: Step, style: Style, columns: number | undefined): readonly string[] {
  const name = `item ${item.index + 1} of ${step.expectedItems ?? step.items.length}`;
  const isSaid = item.failure?.message === step.failure?.message;
  const why = item.failure ? `${item.failure.error}: ${item.failure.message}` : (item.detail ?? '');
  return [`    ${style('red', name)}`, ...(isSaid ? [] : hanging(why, columns, 6))];
}

export function secondsText(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))} s`.padStart(7);
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
