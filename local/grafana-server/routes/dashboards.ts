/** "Dashboard HTTP API" (dashboard.md), pkg/api/dashboard.go. */
import { type StoredDashboard, slug } from '../dashboards';
import { badRequest, GrafanaError, isObject, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { type Answer, type HttpCall, jsonBody, ok, type Route } from '../router';

export const dashboardRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/dashboards/db',
    role: 'EDITOR',
    permission: 'dashboards:create',
    handle: (call) => {
      const body = jsonBody(call);
      refuseUnknown('a dashboard command', body, [
        'dashboard',
        'folderUid',
        'folderId',
        'message',
        'overwrite',
        'isFolder',
        'userId',
        'updatedAt',
      ]);
      const dashboard = body['dashboard'];
      if (!isObject(dashboard)) throw badRequest();
      if (typeof body['folderId'] === 'number' && body['folderId'] !== 0)
        throw new GrafanaError(400, 'folderId is not supported, use folderUid');
      const saved = call.grafana.dashboards.save(
        {
          dashboard,
          folderUid: typeof body['folderUid'] === 'string' ? body['folderUid'] : '',
          overwrite: body['overwrite'] === true,
          message: typeof body['message'] === 'string' ? body['message'] : '',
          apiVersion: 'v0alpha1',
          titlesRepeat: call.grafana.features.titlesRepeat,
        },
        new Date(call.grafana.options.now()).toISOString(),
      );
      return ok({
        id: saved.id,
        uid: saved.uid,
        url: urlOf(saved),
        status: 'success',
        version: saved.version,
        slug: slug(saved.model['title']),
        folderUid: saved.folderUid,
      });
    },
  },
  {
    method: 'GET',
    path: '/api/dashboards/uid/:uid',
    role: 'VIEWER',
    permission: 'dashboards:read',
    handle: ({ grafana, params }) => {
      const stored = grafana.dashboards.dashboard(params['uid'] ?? '');
      if (stored.apiVersion.startsWith('v2'))
        throw new GrafanaError(
          406,
          `dashboard api version not supported, use /apis/dashboard.grafana.app/${stored.apiVersion}/namespaces/default/dashboards/${stored.uid} instead`,
        );
      // Returned as saved: /api uses v0, which no server migrates (grafana/grafana 104213).
      return ok({ meta: meta(grafana, stored), dashboard: stored.model });
    },
  },
  {
    method: 'DELETE',
    path: '/api/dashboards/uid/:uid',
    role: 'EDITOR',
    permission: 'dashboards:delete',
    handle: ({ grafana, params }) => {
      const gone = grafana.dashboards.deleteDashboard(params['uid'] ?? '');
      return ok({
        title: gone.model['title'],
        message: `Dashboard ${String(gone.model['title'])} deleted`,
        uid: gone.uid,
        id: gone.id,
      });
    },
  },
  {
    method: 'GET',
    path: '/api/dashboards/uid/:uid/versions',
    role: 'EDITOR',
    permission: 'dashboards:write',
    handle: versions,
  },
];

function versions({ grafana, params }: HttpCall): Answer {
  const stored = grafana.dashboards.dashboard(params['uid'] ?? '');
  const current = {
    id: stored.id,
    uid: stored.uid,
    version: stored.version,
    created: stored.updated,
    message: stored.message,
  };
  return ok({ continueToken: '', versions: [current] });
}

function meta(grafana: Grafana, stored: StoredDashboard): Record<string, unknown> {
  const folder = stored.folderUid ? grafana.dashboards.folders.get(stored.folderUid) : undefined;
  return {
    type: 'db',
    canSave: true,
    canEdit: true,
    canAdmin: true,
    canStar: true,
    canDelete: true,
    slug: slug(stored.model['title']),
    url: urlOf(stored),
    expires: '0001-01-01T00:00:00Z',
    created: stored.created,
    updated: stored.updated,
    updatedBy: 'Anonymous',
    createdBy: 'Anonymous',
    version: stored.version,
    hasAcl: false,
    isFolder: false,
    folderId: folder?.id ?? 0,
    folderUid: stored.folderUid,
    folderTitle: folder?.title ?? 'General',
    folderUrl: folder ? `/dashboards/f/${folder.uid}/${slug(folder.title)}` : '',
    provisioned: false,
    provisionedExternalId: '',
    ...(grafana.features.major >= 12 && { apiVersion: stored.apiVersion }),
  };
}

export function urlOf(stored: StoredDashboard): string {
  return `/d/${stored.uid}/${slug(stored.model['title'])}`;
}
