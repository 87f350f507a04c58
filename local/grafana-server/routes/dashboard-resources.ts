/**
 * Dashboards as resources of the App Platform ("New Dashboard APIs", dashboard.grafana.app), limited to what Grafana's
 * dashboard editor uses. The editor stores schema v2, which /api then refuses with 406 (GetDashboard in
 * pkg/api/dashboard.go).
 */
import type { StoredDashboard } from '../dashboards';
import { badRequest, GrafanaError, isObject } from '../errors';
import { type HttpCall, jsonBody, ok, type Route } from '../router';

const path = '/apis/dashboard.grafana.app/:version/namespaces/default/dashboards/:name';

export const dashboardResourceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    role: 'VIEWER',
    permission: 'dashboards:read',
    when: ({ features }) => features.major >= 12,
    handle: (call) => {
      const stored = call.grafana.dashboards.dashboard(call.params['name'] ?? '');
      // Grafana converts between versions; the stand-in returns a dashboard only in its stored version.
      if (stored.apiVersion !== versionOf(call))
        throw new GrafanaError(501, `the Grafana stand-in does not convert ${stored.apiVersion} to ${versionOf(call)}`);
      return ok(resource(stored));
    },
  },
  {
    method: 'PUT',
    path,
    role: 'EDITOR',
    permission: 'dashboards:write',
    when: ({ features }) => features.major >= 12,
    handle: (call) => {
      const { metadata, spec } = jsonBody(call);
      const uid = call.params['name'] ?? '';
      if (!isObject(metadata) || !isObject(spec) || metadata['name'] !== uid) throw badRequest();
      const annotations = isObject(metadata['annotations']) ? metadata['annotations'] : {};
      const folderUid = annotations['grafana.app/folder'];
      call.grafana.dashboards.dashboard(uid);
      const saved = call.grafana.dashboards.save(
        {
          dashboard: { ...spec, uid },
          folderUid: typeof folderUid === 'string' ? folderUid : '',
          overwrite: true,
          message: '',
          apiVersion: versionOf(call),
          titlesRepeat: call.grafana.features.titlesRepeat,
        },
        new Date(call.grafana.options.now()).toISOString(),
      );
      return ok(resource(saved));
    },
  },
];

/** v2beta1 is served by 12, v2 from 13 on. */
function versionOf({ grafana, params }: HttpCall): string {
  const served = grafana.features.major >= 13 ? ['v2beta1', 'v2'] : ['v2beta1'];
  const version = params['version'] ?? '';
  if (!served.includes(version))
    throw new GrafanaError(501, `the Grafana stand-in serves dashboards as ${served.join(', ')}, not as ${version}`);
  return version;
}

function resource({ uid, folderUid, version, created, model, apiVersion }: StoredDashboard): unknown {
  const { id: _id, uid: _uid, version: _version, ...spec } = model;
  return {
    kind: 'Dashboard',
    apiVersion: `dashboard.grafana.app/${apiVersion}`,
    metadata: {
      name: uid,
      namespace: 'default',
      generation: version,
      creationTimestamp: created,
      annotations: folderUid ? { 'grafana.app/folder': folderUid } : {},
    },
    spec,
  };
}
