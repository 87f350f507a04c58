import { GrafanaRejected, GrafanaUnavailable, NameTaken } from './errors';
import type { Outcome } from './results';

/** One item of the workspace's content: how to read, compare and write it. */
export interface Resource<Actual> {
  /** `data source Loki`. */
  readonly name: string;
  /** Undefined if it does not exist. */
  read(): Promise<Actual | undefined>;
  /** The differences from the wanted state; empty if there are none. */
  differences(actual: Actual): readonly string[];
  write(actual: Actual | undefined): Promise<void>;
  /** Its uid, and, where Grafana allows a name only once, the uid of another item with its name. */
  readonly unique?: { readonly uid: string; namesake(): Promise<string | undefined> };
  /** A note about the existing item. */
  note?(actual: Actual): string | undefined;
}

export interface Change {
  readonly name: string;
  readonly outcome: Extract<Outcome, 'added' | 'updated' | 'unchanged' | 'removed' | 'drifted'>;
  readonly differences: readonly string[];
  /** An additional note, such as why the item was not checked and what decides instead. */
  readonly note?: string;
}

/**
 * Reads, compares and writes an item. Writes nothing if nothing differs or the run only verifies. If a write is
 * refused, the item is read again and may count as written: the first response can be lost, and then the retry is a
 * conflict.
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

/** Old Grafana versions answer a conflict with 500, newer ones with a 4xx. */
export function isRefusal(error: unknown): error is GrafanaRejected | GrafanaUnavailable {
  return error instanceof GrafanaRejected || (error instanceof GrafanaUnavailable && error.status === 500);
}

/** Lets a verification report a taken name before a setup fails because of it. */
async function missing<Actual>({ unique }: Resource<Actual>, verifyOnly: boolean): Promise<string> {
  const other = verifyOnly ? await unique?.namesake() : undefined;
  return other === undefined ? 'missing' : `missing, and another one, with the uid ${other}, has its name`;
}

/** Combines several changes into one outcome: the one that matters most to readers. */
export function summarize(
  changes: readonly Change[],
  nothing = 'nothing to do',
): { readonly outcome: Change['outcome']; readonly detail: string } {
  const byWeight: readonly Change['outcome'][] = ['drifted', 'updated', 'removed', 'added', 'unchanged'];
  const outcome = byWeight.find((candidate) => changes.some((change) => change.outcome === candidate)) ?? 'unchanged';
  return { outcome, detail: changes.length === 0 ? nothing : changes.map(describe).join('; ').slice(0, 2_000) };
}

/**
 * Counts items by outcome: `{ added: 5 }`. The folder and rule groups count only if they were corrected or have
 * drifted.
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
