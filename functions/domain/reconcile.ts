import { ChangeNotKept, GrafanaRejected, GrafanaUnavailable, NameTaken, UidTaken } from './errors';
import type { OwnedKind, Ownership } from './ownership';
import type { Outcome } from './results';
import { type Difference, textOf } from './statement/member-differences';

/** One item of the workspace's content: how to read, compare and write it. */
export interface Resource<Actual> {
  /** `data source Loki`. */
  readonly name: string;
  /** Undefined if it does not exist. */
  read(): Promise<Actual | undefined>;
  /** The differences from the wanted state; empty if there are none. */
  differences(actual: Actual): readonly string[];
  write(actual: Actual | undefined): Promise<void>;
  /** Its uid, and the uid of another item with its name. */
  readonly unique?: {
    readonly uid: string;
    namesake(): Promise<string | undefined>;
    /** Grafana accepts the name twice, so no refusal shows the other one. */
    readonly isLookedFor?: boolean;
  };
  readonly owned?: Owned<Actual>;
  /** A note about the existing item. */
  note?(actual: Actual): string | undefined;
}

/** An item that the record of ownership has by its uid. */
export interface Owned<Actual> {
  readonly ownership: Ownership;
  readonly kind: OwnedKind;
  readonly uid: string;
  /** Whether it looks like what the setup makes. Counts if the record does not have it. */
  looksOurs(actual: Actual): boolean;
  /** The same as `differences`, each with what decides whether Grafana may have made it. */
  compare(actual: Actual): readonly Difference[];
}

export interface Change {
  readonly name: string;
  readonly outcome: Extract<Outcome, 'added' | 'updated' | 'unchanged' | 'removed' | 'drifted'>;
  readonly differences: readonly string[];
  /** An additional note, such as why the item was not checked and what decides instead. */
  readonly note?: string;
}

/**
 * Reads, compares and writes an item. Writes nothing if nothing differs or the run only verifies. Throws UidTaken if a
 * user's item has its uid. If a write is refused, the item is read again and may count as written: the first response
 * can be lost, and then the retry is a conflict. What Grafana itself changed while it stored the item is recorded, and
 * is not drift afterwards.
 */
export async function reconcile<Actual>(resource: Resource<Actual>, verifyOnly: boolean): Promise<Change> {
  const { name, owned, unique } = resource;
  const actual = await resource.read();
  const found = actual === undefined ? [await missing(resource, verifyOnly)] : differing(resource, actual);
  if (owned && actual !== undefined && found.length > 0 && isForeign(owned, actual)) {
    const taken = new UidTaken(name, owned.uid);
    if (verifyOnly) return { name, outcome: 'drifted', differences: [taken.message] };
    throw taken;
  }
  if (verifyOnly && found.length > 0) return { name, outcome: 'drifted', differences: found };
  if (actual === undefined && unique?.isLookedFor) {
    const other = await unique.namesake();
    if (other !== undefined) throw new NameTaken(name, unique.uid, other);
  }
  // Before the write, so that an interrupted run leaves nothing that the next one takes for a user's.
  if (owned && !verifyOnly) await owned.ownership.add(owned.kind, owned.uid);
  if (found.length === 0) return { name, outcome: 'unchanged', differences: [] };
  try {
    await resource.write(actual);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const now = await resource.read();
    if (now === undefined || differing(resource, now).length > 0) {
      const other = await unique?.namesake();
      if (unique && other !== undefined) throw new NameTaken(name, unique.uid, other, error);
      throw error;
    }
  }
  if (owned) await recordAsStored(resource, owned);
  if (actual === undefined) return { name, outcome: 'added', differences: [] };
  const note = resource.note?.(actual);
  return { name, outcome: 'updated', differences: found, ...(note !== undefined && { note }) };
}

/** The differences without those that Grafana made when it stored the item. */
function differing<Actual>({ differences, owned }: Resource<Actual>, actual: Actual): readonly string[] {
  if (!owned) return differences(actual);
  const own = new Set(owned.ownership.asStored(owned.kind, owned.uid));
  return owned.compare(actual).flatMap(({ exact, text }) => (own.has(exact) ? [] : [text]));
}

function isForeign<Actual>({ ownership, kind, uid, looksOurs }: Owned<Actual>, actual: Actual): boolean {
  return !ownership.of(kind).includes(uid) && !looksOurs(actual);
}

/** Throws ChangeNotKept if Grafana did not keep a member that it must not change. */
async function recordAsStored<Actual>(resource: Resource<Actual>, owned: Owned<Actual>): Promise<void> {
  const now = await resource.read();
  if (now === undefined) throw new ChangeNotKept(resource.name, ['missing']);
  const left = owned.compare(now);
  const lost = left.filter(({ isTolerable }) => !isTolerable);
  if (lost.length > 0) throw new ChangeNotKept(resource.name, lost.map(textOf));
  const exact = left.map((difference) => difference.exact);
  await owned.ownership.storeAs(owned.kind, owned.uid, exact);
}

/** Old Grafana versions answer a conflict with 500, newer ones with a 4xx. */
export function isRefusal(error: unknown): error is GrafanaRejected | GrafanaUnavailable {
  return error instanceof GrafanaRejected || (error instanceof GrafanaUnavailable && error.status === 500);
}

/** Lets a verification report a taken name before a setup fails because of it. */
async function missing<Actual>({ unique }: Resource<Actual>, verifyOnly: boolean): Promise<string> {
  const other = verifyOnly ? await unique?.namesake() : undefined;
  return other === undefined
    ? 'missing'
    : `missing, and another one, with the uid ${other}, has its name: rename or delete that one first`;
}

/** Combines several changes into one outcome: the one that matters most to readers. */
export function summarize(
  changes: readonly Change[],
  nothing = 'nothing to do',
): { readonly outcome: Change['outcome']; readonly detail: string } {
  const byWeight: readonly Change['outcome'][] = ['drifted', 'updated', 'removed', 'added', 'unchanged'];
  const outcome = byWeight.find((candidate) => changes.some((change) => change.outcome === candidate)) ?? 'unchanged';
  // Of a drifted step only the items that differ, or that have a note, are reported.
  const told =
    outcome === 'drifted' ? changes.filter((change) => change.outcome !== 'unchanged' || change.note) : changes;
  return { outcome, detail: changes.length === 0 ? nothing : told.map(describe).join('; ').slice(0, 2_000) };
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
