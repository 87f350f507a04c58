import type { AuditStore } from './audit';
import { ServiceUnavailable } from './errors';
import { OWNERSHIP_KEY } from './naming';

/** Kinds of items that the record has by uid. */
export type OwnedKind = 'dataSources' | 'dashboards' | 'rules' | 'contactPoints';

/**
 * The record of what the setup created or took over in a workspace, by uid. Only recorded items may be removed. A tag
 * or a label does not prove ownership, because a user's copy keeps it.
 */
export interface Ownership {
  /** False if the audit bucket has no readable record of this kind for this workspace. */
  isKnown(kind: OwnedKind): boolean;
  of(kind: OwnedKind): readonly string[];
  add(kind: OwnedKind, uid: string): Promise<void>;
  drop(kind: OwnedKind, uid: string): Promise<void>;
  /** The differences that Grafana itself made when it stored the item. They are no drift. */
  asStored(kind: OwnedKind, uid: string): readonly string[];
  storeAs(kind: OwnedKind, uid: string, differences: readonly string[]): Promise<void>;
}

type Uids = Readonly<Partial<Record<OwnedKind, readonly string[]>>>;
type AsStored = Readonly<Record<string, readonly string[]>>;

interface Stored {
  readonly uids: Uids;
  /** By `<kind>/<uid>`. */
  readonly asStored: AsStored;
}

const TRIES = 5;

/** Reads the record of `workspaceId`. A record of an earlier workspace does not count. */
export async function readOwnership(audit: AuditStore, workspaceId: string): Promise<Ownership> {
  let read = await load();
  const known = new Set(Object.keys(read.stored.uids));

  async function load() {
    const stored = await audit.read(OWNERSHIP_KEY);
    return { etag: stored?.etag, stored: (stored && parse(stored.text, workspaceId)) ?? NOTHING };
  }

  async function change(changed: (stored: Stored) => Stored): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const { etag, stored } = read;
      const wanted = changed(stored);
      if (JSON.stringify(wanted) === JSON.stringify(stored)) return;
      const condition = etag === undefined ? 'new' : { etag };
      const { uids, asStored } = wanted;
      const told = Object.keys(asStored).length === 0 ? {} : { asStored };
      const text = JSON.stringify({ workspaceId, ...uids, ...told }, undefined, 2);
      const isWritten = await audit.writeIf(OWNERSHIP_KEY, text, condition);
      read = await load();
      if (isWritten) return;
    }
    throw new ServiceUnavailable(`${audit.location(OWNERSHIP_KEY)} was changed by another run at every attempt`);
  }

  const changeUids = (kind: OwnedKind, changed: (uids: readonly string[]) => readonly string[]) =>
    change(({ uids, asStored }) => ({ uids: { ...uids, [kind]: changed(uids[kind] ?? []) }, asStored }));

  return {
    isKnown: (kind) => known.has(kind),
    of: (kind) => read.stored.uids[kind] ?? [],
    add: (kind, uid) => changeUids(kind, (uids) => [...new Set([...uids, uid])].sort()),
    drop: (kind, uid) => changeUids(kind, (uids) => uids.filter((other) => other !== uid)),
    asStored: (kind, uid) => read.stored.asStored[`${kind}/${uid}`] ?? [],
    storeAs: (kind, uid, differences) =>
      change(({ uids, asStored: { [`${kind}/${uid}`]: _, ...others } }) => ({
        uids,
        asStored: differences.length === 0 ? others : { ...others, [`${kind}/${uid}`]: differences },
      })),
  };
}

const NOTHING: Stored = { uids: {}, asStored: {} };
const KINDS: readonly OwnedKind[] = ['dataSources', 'dashboards', 'rules', 'contactPoints'];

/** Undefined if the record is broken or belongs to another workspace. */
function parse(text: string, workspaceId: string): Stored | undefined {
  try {
    const stored = JSON.parse(text) as Uids & { readonly workspaceId?: string; readonly asStored?: AsStored };
    if (stored?.workspaceId !== workspaceId) return undefined;
    const uids = KINDS.flatMap((kind) => (Array.isArray(stored[kind]) ? [[kind, strings(stored[kind])] as const] : []));
    const asStored = Object.entries(stored.asStored ?? {}).map(([key, values]) => [key, strings(values)] as const);
    return { uids: Object.fromEntries(uids), asStored: Object.fromEntries(asStored) };
  } catch {
    return undefined;
  }
}

function strings(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}
