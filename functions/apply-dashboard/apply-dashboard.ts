import type { AuditStore } from '../domain/audit';
import { type Content, type DashboardModel, fill, type Values } from '../domain/content';
import { NameTaken } from '../domain/errors';
import { folderResource } from '../domain/folder';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { MANAGED_BY } from '../domain/naming';
import { type Ownership, readOwnership } from '../domain/ownership';
import { prune, tellLost } from '../domain/prune';
import { type Change, type Resource, reconcile, summarize, tally } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { type Difference, memberDifferences } from '../domain/statement/member-differences';
import { ownedResource } from '../domain/statement/owned-resource';
import { readDashboard, type StoredDashboard } from '../domain/stored-dashboard';
import { compareVersions } from '../domain/versions';
import { markSetup } from './mark-setup';

/** Upserts a batch of dashboards. The last batch also removes the stack's dashboards that are no longer shipped. */
export async function applyDashboard(
  {
    item,
    access,
    verifyOnly,
    run,
  }: {
    readonly item: { readonly uids: readonly string[]; readonly prune: boolean };
    readonly access: Access;
    readonly verifyOnly: boolean;
    /** The execution's name. */
    readonly run: string;
  },
  {
    session,
    audit,
    content,
    values,
  }: {
    readonly session: GrafanaSession;
    readonly audit: AuditStore;
    readonly content: Content;
    readonly values: Values;
  },
): Promise<StepResult & { readonly name: string; readonly tally: ReturnType<typeof tally> }> {
  const ownership = await readOwnership(audit, access.workspaceId);
  return session(access, 'dashboards', async (grafana) => {
    const changes: Change[] = [await reconcile(folderResource(grafana, content), verifyOnly)];
    for (const { model } of content.dashboards.filter((file) => item.uids.includes(file.model.uid))) {
      const resource = dashboardResource(grafana, marked(fill(model, values)), content.folder.uid, access, ownership);
      changes.push(await reconcile(resource, verifyOnly));
    }
    if (item.prune) changes.push(...(await pruneDashboards(grafana, content, ownership, verifyOnly)));
    changes.push(...tellLost(ownership, 'dashboards', changes));
    const summary = summarize(changes);
    // The last batch marks the run; a verification changes nothing.
    const mark = item.prune && !verifyOnly ? `; ${await markSetup(grafana, run)}` : '';
    return { name: item.uids.join(', '), ...summary, detail: `${summary.detail}${mark}`, tally: tally(changes) };
  });
}

/** The tag helps people find the stack's dashboards. It does not prove ownership: a user's copy keeps the tag. */
function marked(model: DashboardModel): DashboardModel {
  return { ...model, tags: [...new Set([...(model.tags ?? []), MANAGED_BY])] };
}

/**
 * Before 11.3 a folder takes a title only once, and `overwrite` replaces whatever dashboard has the title, a user's
 * too. There the version that was read is sent instead, so that Grafana refuses. From 11.3 on titles may repeat.
 */
const TITLES_REPEAT_SINCE = '11.3.0';

const SAVED_IN_SCHEMA_V2: Difference = {
  path: '',
  belongs: 'shipped',
  text: "saved in Grafana's own editor, in schema v2",
  exact: 'schema v2',
  isTolerable: false,
};

function dashboardResource(
  grafana: Grafana,
  wanted: DashboardModel,
  folderUid: string,
  { grafanaVersion }: Access,
  ownership: Ownership,
): Resource<StoredDashboard> {
  const titlesRepeat = compareVersions(grafanaVersion, TITLES_REPEAT_SINCE) >= 0;
  return {
    name: `dashboard ${wanted.title}`,
    read: () => readDashboard(grafana, wanted.uid),
    ...ownedResource<StoredDashboard>({
      ownership,
      kind: 'dashboards',
      uid: wanted.uid,
      // Grafana returns no tags of a dashboard in schema v2.
      looksOurs: (actual) => actual.kind === 'schema-v2' || actual.dashboard.tags?.includes(MANAGED_BY) === true,
      compare: (actual) =>
        actual.kind === 'schema-v2'
          ? [SAVED_IN_SCHEMA_V2]
          : memberDifferences(
              'dashboard',
              { ...wanted, folderUid },
              { ...actual.dashboard, folderUid: actual.folderUid },
            ),
    }),
    write: async (actual) => {
      const version = actual?.kind === 'classic' ? actual.dashboard['version'] : undefined;
      const dashboard = { ...wanted, id: null, ...(!titlesRepeat && { version }) };
      const { body } = await grafana.request('POST', '/api/dashboards/db', {
        body: { dashboard, folderUid, overwrite: titlesRepeat, message: 'Applied by the setup' },
      });
      const { uid } = body as { readonly uid: string };
      if (uid !== wanted.uid) throw new NameTaken(`dashboard ${wanted.title}`, wanted.uid, uid);
    },
    ...(!titlesRepeat && {
      unique: {
        uid: wanted.uid,
        async namesake() {
          const query = new URLSearchParams({ type: 'dash-db', query: wanted.title, limit: '1000' });
          const hits = (await grafana.request('GET', `/api/search?${query}`)).body as readonly Hit[];
          const isNamesake = (hit: Hit) => hit.title.toLowerCase() === wanted.title.toLowerCase();
          return hits.find((hit) => isNamesake(hit) && hit.folderUid === folderUid && hit.uid !== wanted.uid)?.uid;
        },
      },
    }),
  };
}

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly folderUid?: string;
}

function pruneDashboards(grafana: Grafana, content: Content, ownership: Ownership, verifyOnly: boolean) {
  const shipped = new Set(content.dashboards.map(({ model }) => model.uid));
  return prune({ ownership, kind: 'dashboards', shipped, verifyOnly }, async (uid) => {
    const stored = await readDashboard(grafana, uid);
    return (
      stored && {
        name: `dashboard ${stored.kind === 'classic' ? stored.dashboard.title : uid}`,
        async remove() {
          await grafana.request('DELETE', `/api/dashboards/uid/${uid}`, { accept: [404] });
          return undefined;
        },
      }
    );
  });
}
