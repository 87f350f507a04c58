import type { Clock } from '../clock';
import { RouteNotAllowed } from '../errors';

/** Where a signal's path can break, in the order in which it travels. */
export type Hop =
  | 'service'
  | 'no SDK'
  | 'security group'
  | 'not discovered'
  | 'scrape refused'
  | 'collector path'
  | 'gateway'
  | 'store'
  | 'data source'
  | 'content';

/** The result of one query for a signal. `late`: no data yet. `wrong`: data, but not as expected. */
export type Observation = Settled | Open;

interface Settled {
  readonly verdict: 'passed' | 'not-evaluated';
  readonly found: string;
  /**
   * Not evaluated because the workspace's front end refuses a route that the check needs. The stack cannot fix that.
   */
  readonly isRefused?: true;
  readonly evidence?: unknown;
}

/** A `late` or `wrong` result, with the hop at fault and the remedy. */
export interface Open {
  readonly verdict: 'late' | 'wrong';
  readonly found: string;
  readonly evidence?: unknown;
  readonly hop: Hop;
  readonly remedy: string;
  /** The queries at fault, where the check runs several. */
  readonly query?: string;
  /** What the check waits for, in a few words: `Tasks scraped: empty`. */
  readonly waitsFor?: string;
}

export function isOpen(seen: Observation): seen is Open {
  return seen.verdict === 'late' || seen.verdict === 'wrong';
}

export interface Check {
  readonly name: string;
  /** The query or queries that the check runs, for the report. */
  readonly query: string;
  readonly expected: string;
  /** Milliseconds from the first attempt. */
  readonly deadline: number;
  look(): Promise<Observation>;
  /** Called once after the deadline, to find out which hop is broken. */
  diagnose?(last: Open): Promise<Observation>;
}

/** A result and how often it was seen in a row. */
export interface Seen {
  /** Milliseconds from the first look. */
  readonly after: number;
  readonly looks: number;
  readonly verdict: string;
  readonly found: string;
}

/** A check that is not done yet, for the progress that the terminal and the page show. */
export interface Waiting {
  readonly name: string;
  readonly what: string;
  readonly looks: number;
  /** ISO 8601: when it gives up. */
  readonly until: string;
}

export interface CheckVerdict {
  readonly name: string;
  /** `warned`: failed, and services.yml says that this service is only reported. */
  readonly outcome: 'passed' | 'failed' | 'warned' | 'not-evaluated';
  readonly query: string;
  readonly expected: string;
  readonly found: string;
  readonly isRefused?: true;
  /** Milliseconds until the check passed or gave up. */
  readonly after: number;
  readonly looks: number;
  /** Of a failed check: the result of each attempt, in order. */
  readonly seen?: readonly Seen[];
  readonly kind?: 'late' | 'wrong';
  readonly hop?: Hop;
  readonly remedy?: string;
  readonly evidence?: unknown;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;

/**
 * Repeats the check until it passes or its deadline is over. The last result is the evidence. `onWait` is called after
 * every attempt that is followed by another.
 */
export async function runCheck(
  check: Check,
  clock: Clock,
  onWait: (waiting: Waiting) => void = () => undefined,
): Promise<CheckVerdict> {
  const start = clock.now().getTime();
  const elapsed = () => clock.now().getTime() - start;
  const until = new Date(start + check.deadline).toISOString();
  const history: Seen[] = [];
  let wait = FIRST_WAIT_MS;
  for (let looks = 1; ; looks++) {
    let seen = await unlessRefused(() => check.look());
    record(history, seen, elapsed());
    if (isOpen(seen) && elapsed() + wait <= check.deadline) {
      onWait({ name: check.name, what: seen.waitsFor ?? `${check.name}: ${seen.found}`, looks, until });
      await clock.sleep(wait);
      wait = Math.min(wait * 1.5, LONGEST_WAIT_MS);
      continue;
    }
    if (isOpen(seen) && check.diagnose) {
      const last = seen;
      seen = await unlessRefused(() => check.diagnose?.(last) ?? Promise.resolve(last), last);
    }
    return verdict(check, seen, { after: elapsed(), looks, history });
  }
}

/** Equal results in a row are one entry. */
function record(history: Seen[], { verdict, found }: Observation, after: number): void {
  const last = history.at(-1);
  if (last?.verdict === verdict && last.found === found)
    history[history.length - 1] = { ...last, looks: last.looks + 1 };
  else history.push({ after, looks: 1, verdict, found });
}

/** A refused route does not fail the check: the result `before` it counts, or the check is not evaluated. */
async function unlessRefused(look: () => Promise<Observation>, before?: Open): Promise<Observation> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RouteNotAllowed)) throw error;
    return before ?? notProvable(error.route);
  }
}

/** `instead` names another way to prove it. */
export function notProvable(route: string, instead?: string): Observation {
  const found = `this workspace refuses ${route}${instead === undefined ? ', and nothing else proves it' : `; ${instead}`}`;
  return { verdict: 'not-evaluated', isRefused: true, found };
}

function verdict(
  { name, query, expected }: Check,
  seen: Observation,
  { after, looks, history }: { readonly after: number; readonly looks: number; readonly history: readonly Seen[] },
): CheckVerdict {
  const common = { name, query, expected, found: seen.found, after, looks, evidence: seen.evidence };
  if (!isOpen(seen)) return { ...common, outcome: seen.verdict, ...(seen.isRefused && { isRefused: true }) };
  return {
    ...common,
    ...(seen.query !== undefined && { query: seen.query }),
    outcome: 'failed',
    kind: seen.verdict,
    hop: seen.hop,
    remedy: seen.remedy,
    seen: history,
  };
}
