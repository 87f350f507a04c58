import type { Clock } from '../clock';
import { RouteNotAllowed } from '../errors';

/** Where a signal's path can break, in the order in which it travels. */
export type Hop = 'service' | 'collector path' | 'store' | 'data source' | 'content';

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

export interface CheckVerdict {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not-evaluated';
  readonly query: string;
  readonly expected: string;
  readonly found: string;
  readonly isRefused?: true;
  /** Milliseconds until the check passed or gave up. */
  readonly after: number;
  readonly looks: number;
  readonly kind?: 'late' | 'wrong';
  readonly hop?: Hop;
  readonly remedy?: string;
  readonly evidence?: unknown;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;

/** Repeats the check until it passes or its deadline is over. The last result is the evidence. */
export async function runCheck(check: Check, clock: Clock): Promise<CheckVerdict> {
  const start = clock.now().getTime();
  const elapsed = () => clock.now().getTime() - start;
  let wait = FIRST_WAIT_MS;
  for (let looks = 1; ; looks++) {
    let seen = await unlessRefused(() => check.look());
    if (isOpen(seen) && elapsed() + wait <= check.deadline) {
      await clock.sleep(wait);
      wait = Math.min(wait * 1.5, LONGEST_WAIT_MS);
      continue;
    }
    if (isOpen(seen) && check.diagnose) {
      const last = seen;
      seen = await unlessRefused(() => check.diagnose?.(last) ?? Promise.resolve(last), last);
    }
    return verdict(check, seen, elapsed(), looks);
  }
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

function verdict({ name, query, expected }: Check, seen: Observation, after: number, looks: number): CheckVerdict {
  const common = { name, query, expected, found: seen.found, after, looks, evidence: seen.evidence };
  if (!isOpen(seen)) return { ...common, outcome: seen.verdict, ...(seen.isRefused && { isRefused: true }) };
  return { ...common, outcome: 'failed', kind: seen.verdict, hop: seen.hop, remedy: seen.remedy };
}
