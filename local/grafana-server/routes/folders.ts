/** "Folder HTTP API" (folder.md), pkg/api/folder.go. */
import { type Folder, slug } from '../dashboards';
import { badRequest, GrafanaError, refuseUnknown } from '../errors';
import type { Grafana } from '../grafana';
import { type HttpCall, jsonBody, ok, type Route } from '../router';

const at = (call: HttpCall): string => new Date(call.grafana.options.now()).toISOString();

export const folderRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/folders',
    role: 'VIEWER',
    permission: 'folders:read',
    handle: ({ grafana, query }) => {
      const parent = query.get('parentUid') ?? '';
      const limit = Number(query.get('limit') ?? 1000);
      const page = Number(query.get('page') ?? 1);
      const folders = [...grafana.dashboards.folders.values()]
        .filter((folder) => folder.parentUid === parent)
        .sort((left, right) => left.title.localeCompare(right.title));
      return ok(
        folders
          .slice((page - 1) * limit, page * limit)
          .map(({ id, uid, title }) => ({ id, uid, title, ...(parent && { parentUid: parent }) })),
      );
    },
  },
  {
    method: 'POST',
    path: '/api/folders',
    role: 'EDITOR',
    permission: 'folders:create',
    handle: (call) => {
      const body = jsonBody(call);
      refuseUnknown('a folder', body, ['uid', 'title', 'parentUid', 'description']);
      const folder = call.grafana.dashboards.createFolder(
        {
          uid: text(body['uid']),
          title: text(body['title']),
          parentUid: text(body['parentUid']),
          description: text(body['description']),
        },
        at(call),
      );
      return ok(toDto(folder));
    },
  },
  {
    method: 'GET',
    path: '/api/folders/:uid',
    role: 'VIEWER',
    permission: 'folders:read',
    handle: ({ grafana, params }) => ok(toDto(grafana.dashboards.folder(params['uid'] ?? ''))),
  },
  {
    method: 'PUT',
    path: '/api/folders/:uid',
    role: 'EDITOR',
    permission: 'folders:write',
    handle: (call) => {
      const body = jsonBody(call);
      refuseUnknown('a folder', body, ['uid', 'title', 'description', 'version', 'overwrite']);
      const title = text(body['title']);
      if (!title) throw badRequest('folder title cannot be empty');
      const version = typeof body['version'] === 'number' ? body['version'] : undefined;
      const description = typeof body['description'] === 'string' ? body['description'] : undefined;
      return ok(
        toDto(
          call.grafana.dashboards.updateFolder(
            call.params['uid'] ?? '',
            { title, description, version, overwrite: body['overwrite'] === true },
            at(call),
          ),
        ),
      );
    },
  },
  {
    // A folder with alert rules is deleted only with ?forceDeleteRules=true.
    method: 'DELETE',
    path: '/api/folders/:uid',
    role: 'EDITOR',
    permission: 'folders:delete',
    handle: ({ grafana, params, query }) => {
      const folder = grafana.dashboards.folder(params['uid'] ?? '');
      removeRules(grafana, folder, query.get('forceDeleteRules') === 'true');
      grafana.dashboards.deleteFolder(folder.uid);
      return ok({ id: folder.id, message: 'Folder deleted', title: folder.title });
    },
  },
];

function removeRules(grafana: Grafana, folder: Folder, force: boolean): void {
  const rules = grafana.alerting.rules().filter((rule) => rule.folderUID === folder.uid);
  if (rules.length > 0 && !force) throw new GrafanaError(400, 'Folder cannot be deleted: folder contains alert rules');
  for (const rule of rules) grafana.alerting.deleteRule(rule.uid);
}

function toDto(folder: Folder): Record<string, unknown> {
  return {
    id: folder.id,
    uid: folder.uid,
    orgId: 1,
    title: folder.title,
    url: `/dashboards/f/${folder.uid}/${slug(folder.title)}`,
    hasAcl: false,
    canSave: true,
    canEdit: true,
    canAdmin: true,
    canDelete: true,
    createdBy: 'Anonymous',
    created: folder.created,
    updatedBy: 'Anonymous',
    updated: folder.updated,
    version: folder.version,
    ...(folder.parentUid && { parentUid: folder.parentUid }),
    ...(folder.description && { description: folder.description }),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
