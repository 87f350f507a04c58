import { type Step, stepsOf, type Timeline, type Waiting, waitingText } from '../../report';
import type { Terminal } from '../terminal';
import { hanging } from './fit';
import { type FollowOptions, follow } from './follow';
import { explain, finishedLines, liveRows } from './watch-lines';

export interface WatchOptions {
  readonly intervalMs?: number;
  readonly patienceMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What the checks wait for; asked while items of a Map run. */
  readonly waiting?: () => Promise<readonly Waiting[]>;
}

/** Milliseconds between two questions what the checks wait for. */
const askEveryMs = 2000;

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
      await view.ask(timeline, options.waiting);
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
  private hasFailed = false;
  private waiting: readonly string[] = [];
  private askedAt = 0;

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

  /** Reads what the checks wait for, while items run. Without an answer the previous lines stay. */
  async ask(timeline: Timeline, read: WatchOptions['waiting']): Promise<void> {
    const isVerifying = stepsOf(timeline, this.now()).some(
      ({ kind, outcome }) => kind === 'Map' && outcome === 'running',
    );
    if (!isVerifying) this.waiting = [];
    if (read === undefined || !isVerifying || this.now() - this.askedAt < askEveryMs) return;
    this.askedAt = this.now();
    const found = await read().catch(() => undefined);
    if (found) this.waiting = found.map((one) => waitingText(one, timeOfDay));
  }

  lost(): void {
    if (this.isLost) return;
    this.isLost = true;
    if (this.terminal.interactive) this.tick();
    else this.terminal.line('  … no answer, trying again');
  }

  tick(): void {
    if (!this.timeline) return;
    const rows = liveRows(this.timeline, this.now(), this.terminal, this.waiting);
    this.terminal.live(this.isLost ? [...rows, 'no answer, trying again'] : rows);
  }

  private finish(step: Step): void {
    if (this.finished.has(step.name)) return;
    this.finished.add(step.name);
    const { style, columns } = this.terminal;
    for (const line of finishedLines(step, { style, columns, isAfterFailure: this.hasFailed }))
      this.terminal.line(line);
    this.hasFailed ||= step.failure !== undefined;
  }

  private remind(step: Step): void {
    const waits = step.kind === 'Map' && this.waiting.length > 0 ? this.waiting.slice(0, 3) : [];
    const text = [explain(step) || step.detail || '', ...waits].filter((part) => part !== '').join('; ');
    const said = this.said.get(step.name);
    const since = step.seconds - (said?.seconds ?? 0);
    // The number of attempts changes every time and is not printed for itself.
    const news = text.replaceAll(/, look \d+/g, '');
    if (since < (said === undefined || said.text !== news ? quietSeconds : remindEverySeconds)) return;
    this.said.set(step.name, { text: news, seconds: step.seconds });
    const line = `… ${step.name}, ${Math.round(step.seconds)} s${text ? `: ${text}` : ''}`;
    for (const part of hanging(line, this.terminal.columns, 2)) this.terminal.line(part);
  }
}

/** `14:03` in this machine's time zone. */
function timeOfDay(at: Date): string {
  return at.toTimeString().slice(0, 5);
}

/** A loop's step is done when the machine has gone on to another step, or the execution has ended. */
function isFinished(step: Step, timeline: Timeline): boolean {
  if (step.outcome === 'running') return false;
  if (timeline.outcome !== 'running') return true;
  return step.visits.at(-1)?.result?.status !== 'PENDING';
}
