import { OWNERSHIP_KEY } from './naming';
import type { OwnedKind, Ownership } from './ownership';
import type { Change } from './reconcile';

/** Kinds that a later version may stop shipping, and that its setup then removes. */
type PrunedKind = Exclude<OwnedKind, 'dataSources'>;

/** An item that an earlier version created and that still exists. */
export interface Stale {
  /** `dashboard Old`. */
  readonly name: string;
  /** Returns why it stays, if Grafana refuses to delete it. */
  remove(): Promise<string | undefined>;
}

/** Removes recorded items that are no longer shipped. Without a record it removes nothing and reports that. */
export async function prune(
  {
    ownership,
    kind,
    shipped,
    verifyOnly,
  }: {
    readonly ownership: Ownership;
    readonly kind: PrunedKind;
    readonly shipped: ReadonlySet<string>;
    readonly verifyOnly: boolean;
  },
  find: (uid: string) => Promise<Stale | undefined>,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const uid of ownership.of(kind).filter((each) => !shipped.has(each))) {
    const stale = await find(uid);
    if (stale && verifyOnly) {
      changes.push({ name: stale.name, outcome: 'drifted', differences: ['no longer shipped'] });
      continue;
    }
    const kept = await stale?.remove();
    if (stale && kept !== undefined)
      changes.push({ name: stale.name, outcome: 'unchanged', differences: [], note: `no longer shipped; ${kept}` });
    else if (stale) changes.push({ name: stale.name, outcome: 'removed', differences: ['no longer shipped'] });
    if (kept === undefined && !verifyOnly) await ownership.drop(kind, uid);
  }
  return changes;
}

/** The note about a lost record; empty if everything shipped is new, because then no setup ran before. */
export function tellLost(ownership: Ownership, kind: OwnedKind, changes: readonly Change[]): readonly Change[] {
  const isFirst = changes.every(
    ({ outcome, differences }) => outcome === 'added' || differences[0]?.startsWith('missing'),
  );
  if (ownership.isKnown(kind) || isFirst) return [];
  const note = `there was none (${OWNERSHIP_KEY} in the audit bucket), so nothing is removed; what is shipped now is recorded`;
  return [{ name: 'record of what the setup made', outcome: 'unchanged', differences: [], note }];
}
