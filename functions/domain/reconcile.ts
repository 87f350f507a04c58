import { GrafanaRejected, GrafanaUnavailable, NameTaken } from './errors';
import type { Outcome } from './results';

/** One thing of the workspace's content: how to read, compare and write it. */
export interface Resource<Actual> {
  /** `data source Loki`. */
  readonly name: string;
  /** Undefined when it is not there. */
  read(): Promise<Actual | undefined>;
  /** Where it differs from what is wanted; empty when it does not. */
  differences(actual: Actual): readonly string[];
  write(actual: Actual | undefined): Promise<void>;
  /** Its uid, and the uid of another one that has its name where Grafana allows a name only once. */
  readonly unique?: { readonly uid: string; namesake(): Promise<string | undefined> };
  /** What a reader must know of the one that is there. */
  note?(actual: Actual): string | undefined;
}

export interface Change {
  readonly name: string;
  readonly outcome: Extract<Outcome, 'added' | 'updated' | 'unchanged' | 'removed' | 'drifted'>;
  readonly differences: readonly string[];
  /** What a reader must know besides: why it was not looked at, what decides instead. */
  readonly note?: string;
}

/**
 * Read, compare, write: nothing is written when nothing differs, or when the run only verifies. A write that is refused
 * although it was applied (its first answer was lost, and the second try is a conflict) counts as done when a second
 * look finds it so.
 */
export async function reconcile<Actual>(resource: Resource<Actual>, verifyOnly: boolean): Promise<Change> {
  const { name } = resource;
  const actual = await resource.read();
  const found = actual === undefined ? [await missing(resource, verifyOnly)] : resource.differences(actual);
  if (found.length === 0) return { name, outcome: 'unchanged', differences: [] };
  if (verifyOnly) return { name, outcome: 'drifted', differences: found };
  try {
    await resource.write(actual);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const now = await resource.read();
    if (now === undefined || resource.differences(now).length > 0) {
      const other = await resource.unique?.namesake();
      if (resource.unique && other !== undefined) throw new NameTaken(name, resource.unique.uid, other, error);
      throw error;
    }
  }
  if (actual === undefined) return { name, outcome: 'added', differences: [] };
  const note = resource.note?.(actual);
  return { name, outcome: 'updated', differences: found, ...(note !== undefined && { note }) };
}

/** Old servers answer a conflict with 500, newer ones with a 4xx. */
export function isRefusal(error: unknown): error is GrafanaRejected | GrafanaUnavailable {
  return error instanceof GrafanaRejected || (error instanceof GrafanaUnavailable && error.status === 500);
}

/** A verification says before the setup does that somebody else has the name. */
async function missing<Actual>({ unique }: Resource<Actual>, verifyOnly: boolean): Promise<string> {
  const other = verifyOnly ? await unique?.namesake() : undefined;
  return other === undefined ? 'missing' : `missing, and another one, with the uid ${other}, has its name`;
}

/** The outcome of several changes as one: what matters most to a reader wins. */
export function summarize(
  changes: readonly Change[],
  nothing = 'nothing to do',
): { readonly outcome: Change['outcome']; readonly detail: string } {
  const byWeight: readonly Change['outcome'][] = ['drifted', 'updated', 'removed', 'added', 'unchanged'];
  const outcome = byWeight.find((candidate) => changes.some((change) => change.outcome === candidate)) ?? 'unchanged';
  return { outcome, detail: changes.length === 0 ? nothing : changes.map(describe).join('; ').slice(0, 2_000) };
}

/**
 * How many things came out how, for a step that applies several: `{ added: 5 }`. The folder and a group of rules count
 * only where they were put right or have drifted.
 */
export function tally(changes: readonly Change[]): Readonly<Partial<Record<Change['outcome'], number>>> {
  const counts: Partial<Record<Change['outcome'], number>> = {};
  for (const { name, outcome } of changes) {
    if (/^(folder|rule group)\b/.test(name) && (outcome === 'added' || outcome === 'unchanged')) continue;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function describe({ name, outcome, differences, note }: Change): string {
  const first = differences.slice(0, 5).join(', ');
  const more = differences.length > 5 ? ` and ${differences.length - 5} more` : '';
  const said = first ? `${name} ${outcome} (${first}${more})` : `${name} ${outcome}`;
  return note === undefined ? said : `${said}: ${note}`;
}
