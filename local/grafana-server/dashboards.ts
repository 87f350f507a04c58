import { randomBytes } from 'node:crypto';
import { badRequest, GrafanaError } from './errors';

export interface Folder {
  readonly id: number;
  readonly uid: string;
  readonly title: string;
  readonly parentUid: string;
  readonly description: string;
  readonly version: number;
  readonly created: string;
  readonly updated: string;
}

export interface StoredDashboard {
  readonly id: number;
  readonly uid: string;
  readonly folderUid: string;
  readonly version: number;
  readonly model: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly updated: string;
  readonly message: string;
  /** The API version that it was saved with: `v0alpha1` is the classic form of /api. */
  readonly apiVersion: string;
}

const uidPattern = /^[a-zA-Z0-9_-]+$/;

/** Folders and dashboards, by the rules of pkg/services/dashboards and pkg/services/folder. */
export class DashboardStore {
  readonly folders = new Map<string, Folder>();
  readonly dashboards = new Map<string, StoredDashboard>();
  private nextId = 1;

  /** Throws 404 "folder not found". */
  folder(uid: string): Folder {
    const folder = this.folders.get(uid);
    if (!folder) throw new GrafanaError(404, 'folder not found', { status: 'not-found' });
    return folder;
  }

  createFolder(input: { uid: string; title: string; parentUid: string; description: string }, at: string): Folder {
    const uid = input.uid || randomBytes(7).toString('hex');
    if (!input.title.trim()) throw badRequest('folder title cannot be empty');
    checkUid(uid);
    if (this.folders.has(uid))
      throw new GrafanaError(412, 'a folder with that uid already exists', { status: 'version-mismatch' });
    if (input.parentUid) this.folder(input.parentUid);
    this.checkTitle(input.title, input.parentUid, uid);
    const folder: Folder = { ...input, uid, id: this.nextId, version: 1, created: at, updated: at };
    this.nextId += 1;
    this.folders.set(uid, folder);
    return folder;
  }

  updateFolder(
    uid: string,
    input: { title: string; description: string | undefined; version: number | undefined; overwrite: boolean },
    at: string,
  ): Folder {
    const before = this.folder(uid);
    if (!input.overwrite && input.version !== before.version) {
      throw new GrafanaError(412, 'the folder has been changed by someone else', { status: 'version-mismatch' });
    }
    this.checkTitle(input.title, before.parentUid, uid);
    const folder = {
      ...before,
      title: input.title,
      description: input.description ?? before.description,
      version: before.version + 1,
      updated: at,
    };
    this.folders.set(uid, folder);
    return folder;
  }

  /** Deletes the content too, but not its alert rules: the caller must handle those. */
  deleteFolder(uid: string): Folder {
    const folder = this.folder(uid);
    for (const child of [...this.folders.values()].filter((one) => one.parentUid === uid)) this.deleteFolder(child.uid);
    for (const [key, dashboard] of this.dashboards) if (dashboard.folderUid === uid) this.dashboards.delete(key);
    this.folders.delete(uid);
    return folder;
  }

  /** Throws 404 "Dashboard not found". */
  dashboard(uid: string): StoredDashboard {
    const dashboard = this.dashboards.get(uid);
    if (!dashboard) throw new GrafanaError(404, 'Dashboard not found', { traceID: '' });
    return dashboard;
  }

  /**
   * POST /api/dashboards/db. 412 `version-mismatch` when the dashboard was saved in between; 400 for a missing title,
   * 404 for an unknown id or folder. Where titles are unique in a folder, a second one is 412 `name-exists`, or
   * replaces the first with `overwrite`.
   */
  save(
    input: {
      dashboard: Record<string, unknown>;
      folderUid: string;
      overwrite: boolean;
      message: string;
      apiVersion: string;
      titlesRepeat: boolean;
    },
    at: string,
  ): StoredDashboard {
    const { dashboard } = input;
    const title = dashboard['title'];
    if (typeof title !== 'string' || title.trim() === '')
      throw new GrafanaError(400, 'Dashboard title cannot be empty', { status: 'empty-name' });
    const asked =
      typeof dashboard['uid'] === 'string' && dashboard['uid'] ? dashboard['uid'] : randomBytes(7).toString('hex');
    checkUid(asked);
    const namesake = [...this.dashboards.values()].find(
      (one) => one.folderUid === input.folderUid && one.model['title'] === title && one.uid !== asked,
    );
    if (namesake && !input.titlesRepeat && !input.overwrite)
      throw new GrafanaError(412, 'A dashboard with the same name in the folder already exists', {
        status: 'name-exists',
      });
    const uid = namesake && !input.titlesRepeat ? namesake.uid : asked;
    if (input.folderUid) this.folder(input.folderUid);
    const before = this.dashboards.get(uid);
    if (typeof dashboard['id'] === 'number' && dashboard['id'] !== 0 && dashboard['id'] !== before?.id) {
      throw new GrafanaError(404, 'Dashboard not found', { status: 'not-found' });
    }
    if (before && !input.overwrite && dashboard['version'] !== before.version) {
      throw new GrafanaError(412, 'The dashboard has been changed by someone else', { status: 'version-mismatch' });
    }
    const id = before?.id ?? this.nextId;
    if (!before) this.nextId += 1;
    const version = (before?.version ?? 0) + 1;
    const stored: StoredDashboard = {
      id,
      uid,
      folderUid: input.folderUid,
      version,
      model: { ...structuredClone(dashboard), id, uid, version },
      created: before?.created ?? at,
      updated: at,
      message: input.message,
      apiVersion: input.apiVersion,
    };
    this.dashboards.set(uid, stored);
    return stored;
  }

  deleteDashboard(uid: string): StoredDashboard {
    const dashboard = this.dashboard(uid);
    this.dashboards.delete(uid);
    return dashboard;
  }

  private checkTitle(title: string, parentUid: string, uid: string): void {
    const same = [...this.folders.values()].find(
      (one) => one.parentUid === parentUid && one.title === title && one.uid !== uid,
    );
    if (same)
      throw new GrafanaError(409, 'a folder with the same name already exists in the current location', {
        status: 'name-exists',
      });
  }
}

function checkUid(uid: string): void {
  if (uid.length > 40) throw new GrafanaError(400, 'uid too long, max 40 characters', { status: 'invalid-uid' });
  if (!uidPattern.test(uid)) throw new GrafanaError(400, 'uid contains illegal characters', { status: 'invalid-uid' });
}

export function slug(title: unknown): string {
  return String(title)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export function tagsOf(dashboard: StoredDashboard): string[] {
  const tags = dashboard.model['tags'];
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}
