import { currentVisit, type ItemLine, type Step, stepsOf, type Timeline } from '../../report';
import type { Style } from '../terminal';

/** The finished line of a step: mark, name, seconds, what it did and a line of detail; a failed Map's items below it. */
export function finishedLines(step: Step, style: Style): readonly string[] {
  // RecordFailure reports a failure but has succeeded itself.
  const saysFailed = step.change === 'failed' && step.items.length > 0;
  const [mark, colour] = saysFailed ? marks.failed : marks[step.outcome];
  const what = step.failure
    ? `${step.failure.error}: ${shorten(step.failure.message)}`
    : shorten(
        [step.items.length > 0 ? undefined : step.change, step.detail]
          .filter((part) => part !== undefined && part !== '')
          .join(': '),
      );
  const retries = step.retries > 0 ? style('dim', ` (${plural(step.retries, 'retry', 'retries')})`) : '';
  const line = `${style(colour, mark)} ${step.name.padEnd(nameWidth)} ${style('dim', secondsText(step.seconds))}  ${what}${retries}`;
  return [
    line.trimEnd(),
    ...step.items.filter(({ outcome }) => outcome === 'failed').map((item) => failedItem(item, step, style)),
  ];
}

/** What is going on now: a row for each running step, with seconds, items done and why it waits or tries again. */
export function liveRows(timeline: Timeline, now: number, style: Style): readonly string[] {
  const steps = stepsOf(timeline, now);
  const running = steps.filter(({ outcome }) => outcome === 'running');
  if (running.length > 0) {
    return running.map(
      (step) => `${step.name.padEnd(nameWidth)} ${style('dim', secondsText(step.seconds))}  ${explain(step)}`,
    );
  }
  const visit = currentVisit(timeline);
  if (!visit) return [];
  const last = steps.at(-1);
  const isLoop = last?.visits.at(-1)?.result?.status === 'PENDING';
  const [name, seconds, why] = isLoop
    ? [last.name, last.seconds, last.detail]
    : [visit.kind === 'Wait' ? 'waiting' : visit.name, (now - visit.enteredAt) / 1000, undefined];
  return [`${name.padEnd(nameWidth)} ${style('dim', secondsText(seconds))}  ${why ?? ''}`.trimEnd()];
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
      `${waits ? `will try again (${tries} so far)` : `try ${tries}`} after ${failed.error}: ${shorten(failed.message)}`,
    );
  } else if (step.visits.length > 1) {
    const before = step.visits.at(-2)?.result?.detail;
    if (before) parts.push(before);
  }
  return parts.join(', ');
}

const nameWidth = 26;

const marks = {
  succeeded: ['✔', 'green'],
  running: ['•', 'cyan'],
  failed: ['✖', 'red'],
  'timed-out': ['✖', 'red'],
  aborted: ['■', 'yellow'],
  caught: ['✖', 'red'],
} as const;

/** Which item; its cause too, unless the line above has it. */
function failedItem(item: ItemLine, step: Step, style: Style): string {
  const isSaid = item.failure?.message === step.failure?.message;
  const why = item.failure ? `${item.failure.error}: ${shorten(item.failure.message)}` : (item.detail ?? '');
  return `    ${style('red', `item ${item.index + 1} of ${step.expectedItems ?? step.items.length}`)}${isSaid ? '' : `  ${why}`}`;
}

export function secondsText(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))} s`.padStart(7);
}

/** The text in one line of at most `length` characters; the report has all of it. */
export function shorten(text: string, length = 160): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
