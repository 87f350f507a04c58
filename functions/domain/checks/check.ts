import type { Clock } from '../clock';
import { RouteNotAllowed } from '../errors';

/** Where a signal's path can break, in the order in which it travels. */
export type Hop = 'service' | 'collector path' | 'store' | 'data source' | 'content';

/** What one look at a signal saw. `late`: nothing there yet. `wrong`: something is there, but not what was expected. */
export type Observation = Settled | Open;

interface Settled {
  readonly verdict: 'passed' | 'not-evaluated';
  readonly found: string;
  /** Not evaluated because the workspace's front end refuses what it takes: no fault of the stack, and nothing here can mend it. */
  readonly isRefused?: true;
  readonly evidence?: unknown;
}

/** Not what it should be, or not yet: the hop that is to blame and what to do. */
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
  /** For a person: the query, or the queries, that it runs. */
  readonly query: string;
  readonly expected: string;
  /** Milliseconds from the first look. */
  readonly deadline: number;
  look(): Promise<Observation>;
  /** Asked once when the deadline has passed: a closer look at which hop is broken. */
  diagnose?(last: Open): Promise<Observation>;
}

export interface CheckVerdict {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not-evaluated';
  readonly query: string;
  readonly expected: string;
  readonly found: string;
  readonly isRefused?: true;
  /** Milliseconds until it passed, or until it was given up. */
  readonly after: number;
  readonly looks: number;
  readonly kind?: 'late' | 'wrong';
  readonly hop?: Hop;
  readonly remedy?: string;
  readonly evidence?: unknown;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3_000;

/** Looks until it passes or its deadline has passed; what was seen last is the evidence. */
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

/** A refused route is no verdict on the stack: what was seen `before` stands, or the check is not evaluated. */
async function unlessRefused(look: () => Promise<Observation>, before?: Open): Promise<Observation> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RouteNotAllowed)) throw error;
    return before ?? notProvable(error.route);
  }
}

/** `instead` says how it can be proved all the same. */
export function notProvable(route: string, instead?: string): Observation {
  const found = `this workspace refuses ${route}${instead === undefined ? ', and nothing else proves it' : `; ${instead}`}`;
  return { verdict: 'not-evaluated', isRefused: true, found };
}

function verdict({ name, query, expected }: Check, seen: Observation, after: number, looks: number): CheckVerdict {
  const common = { name, query, expected, found: seen.found, after, looks, evidence: seen.evidence };
  if (!isOpen(seen)) return { ...common, outcome: seen.verdict, ...(seen.isRefused && { isRefused: true }) };
  return { ...common, outcome: 'failed', kind: seen.verdict, hop: seen.hop, remedy: seen.remedy };
}
