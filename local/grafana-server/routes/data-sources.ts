/** "Data source HTTP API" (docs/sources/…/http_api/data_source.md), pkg/api/datasources.go. */
import { type DataSource, toDto, toListItem } from '../data-sources';
import { GrafanaError, publicError } from '../errors';
import type { Grafana } from '../grafana';
import { DataSourceUnreachable } from '../outbound';
import { checkCloudWatch } from '../queries/cloudwatch';
import { checkLoki } from '../queries/loki';
import { checkPrometheus } from '../queries/prometheus';
import { requirePlugin } from '../queries/run';
import { type Answer, jsonBody, ok, type Route } from '../router';

const numeric = (grafana: Grafana): boolean => grafana.features.numericDataSourceIds;

export const dataSourceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/datasources',
    role: 'ADMIN',
    permission: 'datasources:read',
    handle: ({ grafana }) => ok(grafana.dataSources.list().map(toListItem)),
  },
  {
    method: 'POST',
    path: '/api/datasources',
    role: 'ADMIN',
    permission: 'datasources:create',
    handle: (call) => {
      const source = call.grafana.dataSources.create(jsonBody(call), call.grafana.features.strictUids);
      return ok({ datasource: toDto(source), id: source.id, message: 'Datasource added', name: source.name });
    },
  },
  {
    method: 'GET',
    path: '/api/datasources/uid/:uid',
    role: 'ADMIN',
    permission: 'datasources:read',
    handle: ({ grafana, params }) => ok(toDto(grafana.dataSources.get(params['uid'] ?? ''))),
  },
  {
    method: 'PUT',
    path: '/api/datasources/uid/:uid',
    role: 'ADMIN',
    permission: 'datasources:write',
    handle: (call) => {
      const source = call.grafana.dataSources.update(
        call.params['uid'] ?? '',
        jsonBody(call),
        call.grafana.features.strictUids,
      );
      return ok({ datasource: toDto(source), id: source.id, message: 'Datasource updated', name: source.name });
    },
  },
  {
    method: 'DELETE',
    path: '/api/datasources/uid/:uid',
    role: 'ADMIN',
    permission: 'datasources:delete',
    handle: ({ grafana, params }) =>
      ok({ message: 'Data source deleted', id: grafana.dataSources.delete(params['uid'] ?? '').id }),
  },
  {
    method: 'GET',
    path: '/api/datasources/uid/:uid/health',
    role: 'VIEWER',
    permission: 'datasources:query',
    handle: ({ grafana, params }) => checkHealth(grafana, grafana.dataSources.get(params['uid'] ?? '')),
  },
  {
    method: 'GET',
    path: '/api/datasources/name/:name',
    role: 'ADMIN',
    permission: 'datasources:read',
    handle: ({ grafana, params }) => ok(toDto(byName(grafana, params['name'] ?? ''))),
  },
  {
    method: 'GET',
    path: '/api/datasources/id/:name',
    role: 'ADMIN',
    permission: 'datasources.id:read',
    when: numeric,
    handle: ({ grafana, params }) => ok({ id: byName(grafana, params['name'] ?? '').id }),
  },
  {
    method: 'DELETE',
    path: '/api/datasources/name/:name',
    role: 'ADMIN',
    permission: 'datasources:delete',
    handle: ({ grafana, params }) =>
      ok({
        message: 'Data source deleted',
        id: grafana.dataSources.delete(byName(grafana, params['name'] ?? '').uid).id,
      }),
  },
  {
    // By numeric id: deprecated since 9, removed in 13.
    method: 'GET',
    path: '/api/datasources/:id',
    role: 'ADMIN',
    permission: 'datasources:read',
    when: numeric,
    handle: ({ grafana, params }) => ok(toDto(byId(grafana, params['id'] ?? ''))),
  },
  {
    method: 'PUT',
    path: '/api/datasources/:id',
    role: 'ADMIN',
    permission: 'datasources:write',
    when: numeric,
    handle: (call) => {
      const before = byId(call.grafana, call.params['id'] ?? '');
      const source = call.grafana.dataSources.update(before.uid, jsonBody(call), call.grafana.features.strictUids);
      return ok({ datasource: toDto(source), id: source.id, message: 'Datasource updated', name: source.name });
    },
  },
  {
    method: 'DELETE',
    path: '/api/datasources/:id',
    role: 'ADMIN',
    permission: 'datasources:delete',
    when: numeric,
    handle: ({ grafana, params }) =>
      ok({ message: 'Data source deleted', id: grafana.dataSources.delete(byId(grafana, params['id'] ?? '').uid).id }),
  },
];

function byName(grafana: Grafana, name: string): DataSource {
  const source = grafana.dataSources.findByName(name);
  if (!source) throw new GrafanaError(404, 'Data source not found');
  return source;
}

function byId(grafana: Grafana, id: string): DataSource {
  if (!/^\d+$/.test(id)) throw new GrafanaError(400, 'id is invalid');
  const source = grafana.dataSources.findById(Number(id));
  if (!source) throw new GrafanaError(404, 'Data source not found');
  return source;
}

type Check = (
  grafana: Grafana,
  source: DataSource,
) => Promise<{ ok: boolean; message: string; notEvaluated?: boolean }>;

/**
 * checkDatasourceHealth: 200 for OK, 400 for a problem that the plugin found, 404 where the plugin has no CheckHealth
 * (Tempo).
 */
async function checkHealth(grafana: Grafana, source: DataSource): Promise<Answer> {
  requirePlugin(grafana, source);
  const plugin = grafana.plugins.find(source.type, grafana.features.amazonPrometheusBundled);
  if (!plugin?.health) throw publicError(404, 'plugin.notImplemented', 'Method not implemented');
  const checks: Readonly<Record<string, Check>> = { loki: checkLoki, cloudwatch: checkCloudWatch };
  const check: Check = checks[source.type] ?? checkPrometheus;
  try {
    const { ok: healthy, message, notEvaluated = false } = await check(grafana, source);
    if (notEvaluated) return { status: 501, body: { message: `not evaluated: ${message}`, status: 'UNKNOWN' } };
    return healthy
      ? { status: 200, body: { message, status: 'OK' } }
      : { status: 400, body: { message, status: 'ERROR' }, error: message };
  } catch (error) {
    if (error instanceof DataSourceUnreachable)
      return { status: 400, body: { message: error.message, status: 'ERROR' }, error: error.message };
    throw error;
  }
}
