import { type Step, stepsOf, type Timeline } from '../../report';
import type { Terminal } from '../terminal';
import { type FollowOptions, follow } from './follow';
import { explain, finishedLines, liveRows } from './watch-lines';

export interface WatchOptions {
  readonly intervalMs?: number;
  readonly patienceMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Shows an execution until it ends: a line for each state when it is done, and on a terminal what runs now below them.
 * Returns its last timeline. Throws as `follow` does.
 */
export async function watch(
  read: () => Promise<Timeline>,
  terminal: Terminal,
  options: WatchOptions,
): Promise<Timeline> {
  const view = new WatchView(terminal, options.now ?? Date.now);
  const ticking = terminal.interactive ? setInterval(() => view.tick(), 200) : undefined;
  let last: Timeline | undefined;
  try {
    for await (const timeline of follow(read, followOptions(options, view))) {
      last = timeline;
      view.show(timeline);
    }
  } finally {
    clearInterval(ticking);
    terminal.live([]);
  }
  if (!last) throw new TypeError('an execution has a timeline');
  return last;
}

function followOptions(options: WatchOptions, view: WatchView): FollowOptions {
  return {
    intervalMs: options.intervalMs ?? 1000,
    patienceMs: options.patienceMs ?? 60_000,
    onLost: () => view.lost(),
  };
}

/** For output without live lines: steps shorter than this get no progress line, and longer ones repeat it. */
const quietSeconds = 5;
const remindEverySeconds = 30;

class WatchView {
  private readonly finished = new Set<string>();
  private readonly said = new Map<string, { readonly text: string; readonly seconds: number }>();
  private timeline: Timeline | undefined;
  private isLost = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {}

  show(timeline: Timeline): void {
    this.isLost = false;
    this.timeline = timeline;
    for (const step of stepsOf(timeline, this.now())) {
      // Skips the Fail state: the last line shows its error.
      if (step.kind === 'Fail') continue;
      if (isFinished(step, timeline)) this.finish(step);
      else if (!this.terminal.interactive) this.remind(step);
    }
    this.tick();
  }

  lost(): void {
    if (this.isLost) return;
    this.isLost = true;
    if (this.terminal.interactive) this.tick();
    else this.terminal.line('  … no answer, trying again');
  }

  tick(): void {
    if (!this.timeline) return;
    const rows = liveRows(this.timeline, this.now(), this.terminal.style);
    this.terminal.live(this.isLost ? [...rows, 'no answer, trying again'] : rows);
  }

  private finish(step: Step): void {
    if (this.finished.has(step.name)) return;
    this.finished.add(step.name);
    for (const line of finishedLines(step, this.terminal.style)) this.terminal.line(line);
  }

  private remind(step: Step): void {
    const text = explain(step) || step.detail || '';
    const said = this.said.get(step.name);
    const since = step.seconds - (said?.seconds ?? 0);
    if (since < (said === undefined || said.text !== text ? quietSeconds : remindEverySeconds)) return;
    this.said.set(step.name, { text, seconds: step.seconds });
    this.terminal.line(`  … ${step.name}, ${Math.round(step.seconds)} s${text ? `: ${text}` : ''}`);
  }
}

/** A loop's step is done when the machine has gone on to another step, or the execution has ended. */
function isFinished(step: Step, timeline: Timeline): boolean {
  if (step.outcome === 'running') return false;
  if (timeline.outcome !== 'running') return true;
  return step.visits.at(-1)?.result?.status !== 'PENDING';
}
