import type { AuditStore } from './audit';
import { ServiceUnavailable } from './errors';
import { OWNERSHIP_KEY } from './naming';
import type { Change } from './reconcile';

/**
 * Kinds that a later version may stop shipping, and that its setup then removes. Data sources and the folder are never
 * removed.
 */
export type OwnedKind = 'dashboards' | 'rules' | 'contactPoints';

/**
 * The record of what the setup created or took over in a workspace, by uid. Only recorded items may be removed. A tag
 * or a label does not prove ownership, because a user's copy keeps it.
 */
export interface Ownership {
  /** False if the audit bucket has no readable record of this workspace. */
  readonly isKnown: boolean;
  of(kind: OwnedKind): readonly string[];
  add(kind: OwnedKind, uid: string): Promise<void>;
  drop(kind: OwnedKind, uid: string): Promise<void>;
}

type Uids = Readonly<Record<OwnedKind, readonly string[]>>;

const TRIES = 5;

/** Reads the record of `workspaceId`. A record of an earlier workspace does not count. */
export async function readOwnership(audit: AuditStore, workspaceId: string): Promise<Ownership> {
  let read = await load();
  const isKnown = read.isKnown;

  async function load() {
    const stored = await audit.read(OWNERSHIP_KEY);
    const uids = stored && parse(stored.text, workspaceId);
    return { etag: stored?.etag, isKnown: uids !== undefined, uids: uids ?? NOTHING };
  }

  async function change(kind: OwnedKind, changed: (uids: readonly string[]) => readonly string[]): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const { etag, uids } = read;
      const wanted = { ...uids, [kind]: changed(uids[kind]) };
      if (read.isKnown && wanted[kind].length === uids[kind].length) return;
      const condition = etag === undefined ? 'new' : { etag };
      const text = JSON.stringify({ workspaceId, ...wanted }, undefined, 2);
      const isWritten = await audit.writeIf(OWNERSHIP_KEY, text, condition);
      read = await load();
      if (isWritten) return;
    }
    throw new ServiceUnavailable(`${audit.location(OWNERSHIP_KEY)} was changed by another run at every attempt`);
  }

  return {
    isKnown,
    of: (kind) => read.uids[kind],
    add: (kind, uid) => change(kind, (uids) => [...new Set([...uids, uid])].sort()),
    drop: (kind, uid) => change(kind, (uids) => uids.filter((other) => other !== uid)),
  };
}

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
    readonly kind: OwnedKind;
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
export function tellLost({ isKnown }: Ownership, changes: readonly Change[]): readonly Change[] {
  const isFirst = changes.every(
    ({ outcome, differences }) => outcome === 'added' || differences[0]?.startsWith('missing'),
  );
  if (isKnown || isFirst) return [];
  const note = `there was none (${OWNERSHIP_KEY} in the audit bucket), so nothing is removed; what is shipped now is recorded`;
  return [{ name: 'record of what the setup made', outcome: 'unchanged', differences: [], note }];
}

const NOTHING: Uids = { dashboards: [], rules: [], contactPoints: [] };

/** Undefined if the record is broken or belongs to another workspace. */
function parse(text: string, workspaceId: string): Uids | undefined {
  try {
    const stored = JSON.parse(text) as Partial<Uids> & { readonly workspaceId?: string };
    if (stored?.workspaceId !== workspaceId) return undefined;
    const uids = (kind: OwnedKind) =>
      (Array.isArray(stored[kind]) ? stored[kind] : []).filter((uid) => typeof uid === 'string');
    return { dashboards: uids('dashboards'), rules: uids('rules'), contactPoints: uids('contactPoints') };
  } catch {
    return undefined;
  }
}
