/** "Folder/Dashboard Search HTTP API" (folder_dashboard_search.md). */
import { slug, tagsOf } from '../dashboards';
import { badRequest } from '../errors';
import { type Answer, type HttpCall, ok, type Route } from '../router';
import { urlOf } from './dashboards';

export const searchRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/search', role: 'VIEWER', permission: 'dashboards:read', handle: search },
];

interface Hit {
  readonly [member: string]: unknown;
  readonly title: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly uid: string;
  readonly folderUid?: string;
}

function search({ grafana, query }: HttpCall): Answer {
  const limit = Number(query.get('limit') ?? 1000);
  const page = Number(query.get('page') ?? 1);
  if (!Number.isInteger(limit) || limit < 1 || !Number.isInteger(page) || page < 1)
    throw badRequest('invalid limit or page');
  if (limit > 5000)
    return {
      status: 422,
      body: { message: 'Limit is above maximum allowed (5000), use page parameter to access hits beyond limit' },
    };
  const text = (query.get('query') ?? '').toLowerCase();
  const type = query.get('type');
  const tags = query.getAll('tag');
  const uids = query.getAll('dashboardUIDs').concat(query.getAll('dashboardUID'));
  const folders = query.getAll('folderUIDs');
  const hits = allHits(grafana).filter(
    (hit) =>
      hit.title.toLowerCase().includes(text) &&
      (!type || hit.type === type) &&
      tags.every((tag) => hit.tags.includes(tag)) &&
      (uids.length === 0 || uids.includes(hit.uid)) &&
      (folders.length === 0 || folders.includes(hit.folderUid || 'general')),
  );
  return ok(hits.slice((page - 1) * limit, page * limit));
}

function allHits(grafana: HttpCall['grafana']): Hit[] {
  const { folders, dashboards } = grafana.dashboards;
  const common = { orgId: 1, isStarred: false, sortMeta: 0, slug: '' };
  const folderHits = [...folders.values()].map((folder): Hit => {
    const url = `/dashboards/f/${folder.uid}/${slug(folder.title)}`;
    return {
      ...common,
      id: folder.id,
      uid: folder.uid,
      title: folder.title,
      uri: `db/${slug(folder.title)}`,
      url,
      type: 'dash-folder',
      tags: [],
      folderUid: folder.parentUid,
    };
  });
  const dashboardHits = [...dashboards.values()].map((stored): Hit => {
    const folder = folders.get(stored.folderUid);
    const title = String(stored.model['title']);
    return {
      ...common,
      id: stored.id,
      uid: stored.uid,
      title,
      uri: `db/${slug(title)}`,
      url: urlOf(stored),
      type: 'dash-db',
      tags: tagsOf(stored),
      ...(folder && {
        folderId: folder.id,
        folderUid: folder.uid,
        folderTitle: folder.title,
        folderUrl: `/dashboards/f/${folder.uid}/${slug(folder.title)}`,
      }),
    };
  });
  const byTitle = (left: Hit, right: Hit): number => left.title.localeCompare(right.title);
  return [...folderHits.sort(byTitle), ...dashboardHits.sort(byTitle)];
}
