/** "Other HTTP API", "Organization HTTP API". */

import { toListItem } from '../data-sources';
import { ok, type Route } from '../router';

export const generalRoutes: readonly Route[] = [
  {
    // GET /api/health: no authentication.
    method: 'GET',
    path: '/api/health',
    role: 'anyone',
    permission: '',
    handle: ({ grafana }) => ok({ commit: 'stand-in', database: 'ok', version: grafana.features.fullVersion }),
  },
  {
    // GET /healthz: the process answers (pkg/api/http_server.go).
    method: 'GET',
    path: '/healthz',
    role: 'anyone',
    permission: '',
    handle: () => ({ status: 200, body: Buffer.from('Ok'), headers: { 'content-type': 'text/plain' } }),
  },
  {
    // GET /api/org: the current organization.
    method: 'GET',
    path: '/api/org',
    role: 'VIEWER',
    permission: 'orgs:read',
    handle: () =>
      ok({
        id: 1,
        name: 'Main Org.',
        address: { address1: '', address2: '', city: '', zipCode: '', state: '', country: '' },
      }),
  },
  {
    // GET /api/frontend/settings: the browser's settings; the version is in buildInfo.
    method: 'GET',
    path: '/api/frontend/settings',
    role: 'VIEWER',
    permission: '',
    handle: ({ grafana }) =>
      ok({
        buildInfo: {
          version: grafana.features.fullVersion,
          commit: 'stand-in',
          edition: 'Open Source',
          env: 'production',
        },
        unifiedAlertingEnabled: grafana.options.configuration().unifiedAlerting.enabled,
        pluginAdminEnabled: grafana.options.configuration().plugins.pluginAdminEnabled,
        defaultDatasource: grafana.dataSources.default()?.name ?? '',
        datasources: Object.fromEntries(grafana.dataSources.list().map((source) => [source.name, toListItem(source)])),
      }),
  },
];
