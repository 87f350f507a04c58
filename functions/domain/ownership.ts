import type { AuditStore } from './audit';
import { ServiceUnavailable } from './errors';
import { OWNERSHIP_KEY } from './naming';
import type { Change } from './reconcile';

/**
 * What a version may stop shipping, so that a later setup removes it. Data sources and the folder are never removed.
 */
export type OwnedKind = 'dashboards' | 'rules' | 'contactPoints';

/**
 * The record of what the setup made or took over in a workspace, by uid. Marks (tag, label) are for people: a copy
 * keeps them. Only what is recorded here may be removed.
 */
export interface Ownership {
  /** False when the audit bucket has no readable record of this workspace. */
  readonly isKnown: boolean;
  of(kind: OwnedKind): readonly string[];
  add(kind: OwnedKind, uid: string): Promise<void>;
  drop(kind: OwnedKind, uid: string): Promise<void>;
}

type Uids = Readonly<Record<OwnedKind, readonly string[]>>;

const TRIES = 5;

/**
 * Reads the record of `workspaceId`; that of another workspace, which was there before, says nothing about this one.
 */
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

/** Something that an earlier version made and that is still there. */
export interface Stale {
  /** `dashboard Old`. */
  readonly name: string;
  /** Answers why it stays, where Grafana does not let it go. */
  remove(): Promise<string | undefined>;
}

/**
 * Removes what is recorded as ours, is not shipped any more and is still there; without a record nothing is removed,
 * and that is told.
 */
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

/** Told where the record is lost although the setup has been here before; nothing when all that is shipped is new. */
export function tellLost({ isKnown }: Ownership, changes: readonly Change[]): readonly Change[] {
  const isFirst = changes.every(
    ({ outcome, differences }) => outcome === 'added' || differences[0]?.startsWith('missing'),
  );
  if (isKnown || isFirst) return [];
  const note = `there was none (${OWNERSHIP_KEY} in the audit bucket), so nothing is removed; what is shipped now is recorded`;
  return [{ name: 'record of what the setup made', outcome: 'unchanged', differences: [], note }];
}

const NOTHING: Uids = { dashboards: [], rules: [], contactPoints: [] };

/** Undefined when it is broken or another workspace's. */
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
