/**
 * Plugins: pkg/api/plugins.go; installing needs the workspace's plugin administration ("Working in your Grafana
 * workspace").
 */
import { GrafanaError } from '../errors';
import type { Grafana } from '../grafana';
import type { Plugin } from '../plugins';
import { jsonBody, ok, type Route } from '../router';

const admin = (grafana: Grafana): boolean => grafana.options.configuration().plugins.pluginAdminEnabled;
const toDto = (plugin: Plugin): Record<string, unknown> => ({
  id: plugin.id,
  name: plugin.name,
  type: plugin.type,
  enabled: true,
  pinned: false,
  info: { version: plugin.version },
  category: '',
  state: '',
  signature: plugin.core ? 'internal' : 'valid',
  module: `core:plugin/${plugin.id}`,
});

export const pluginRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/plugins',
    role: 'VIEWER',
    permission: 'plugins.app:access',
    handle: ({ grafana, query }) => {
      const type = query.get('type');
      return ok(
        grafana.plugins
          .list(grafana.features.amazonPrometheusBundled)
          .filter((plugin) => !type || plugin.type === type)
          .map(toDto),
      );
    },
  },
  ...['/api/plugins/:id', '/api/plugins/:id/settings'].map(
    (path): Route => ({
      method: 'GET',
      path,
      role: 'VIEWER',
      permission: 'plugins:read',
      handle: ({ grafana, params }) => {
        const plugin = grafana.plugins.find(params['id'] ?? '', grafana.features.amazonPrometheusBundled);
        if (!plugin) throw new GrafanaError(404, 'Plugin not found, no installed plugin with that id');
        return ok(toDto(plugin));
      },
    }),
  ),
  {
    // POST /api/plugins/:id/install {"version"?}: 200 {}, 409 when installed, 404 when not in the catalogue.
    // Without plugin administration the route does not exist.
    method: 'POST',
    path: '/api/plugins/:id/install',
    role: 'ADMIN',
    permission: 'plugins:install',
    when: admin,
    handle: (call) => {
      const body = call.body.length > 0 ? jsonBody(call) : {};
      const version = typeof body['version'] === 'string' && body['version'] ? body['version'] : undefined;
      const outcome = call.grafana.plugins.install(
        call.params['id'] ?? '',
        version,
        call.grafana.features.amazonPrometheusBundled,
      );
      if (outcome === 'there') throw new GrafanaError(409, 'Plugin already installed');
      if (outcome === 'unknown') throw new GrafanaError(404, 'Plugin not found');
      return ok({});
    },
  },
  {
    method: 'POST',
    path: '/api/plugins/:id/uninstall',
    role: 'ADMIN',
    permission: 'plugins:install',
    when: admin,
    handle: ({ grafana, params }) => {
      const plugin = grafana.plugins.find(params['id'] ?? '', grafana.features.amazonPrometheusBundled);
      if (!plugin) throw new GrafanaError(404, 'Plugin not installed');
      if (plugin.core || !grafana.plugins.uninstall(plugin.id))
        throw new GrafanaError(403, 'Cannot uninstall a Core plugin');
      return ok({});
    },
  },
];
