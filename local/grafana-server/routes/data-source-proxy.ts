/** Data source proxy and plugin resources: pkg/api/pluginproxy/ds_proxy.go, pkg/api/plugin_resource.go. */
import type { DataSource } from '../data-sources';
import { GrafanaError, publicError } from '../errors';
import type { Grafana } from '../grafana';
import { askDataSource, DataSourceUnreachable, type Incoming } from '../outbound';
import { requirePlugin } from '../queries/run';
import type { Answer, HttpCall, Route } from '../router';

export const dataSourceProxyRoutes: readonly Route[] = [
  {
    method: '*',
    path: '/api/datasources/proxy/uid/:uid/*rest',
    role: 'VIEWER',
    permission: 'datasources:query',
    handle: (call) => proxy(call, call.grafana.dataSources.get(call.params['uid'] ?? '')),
  },
  {
    method: '*',
    path: '/api/datasources/proxy/:id/*rest',
    role: 'VIEWER',
    permission: 'datasources:query',
    when: (grafana) => grafana.features.numericDataSourceIds,
    handle: (call) => {
      const source = call.grafana.dataSources.findById(Number(call.params['id']));
      if (!source) throw new GrafanaError(404, 'Unable to find datasource');
      return proxy(call, source);
    },
  },
  {
    method: 'GET',
    path: '/api/datasources/uid/:uid/resources/*rest',
    role: 'VIEWER',
    permission: 'datasources:query',
    handle: resource,
  },
];

const prometheusTypes = ['prometheus', 'grafana-amazonprometheus-datasource'];
/** Prometheus's plugin.json allow-lists these for POST; for PUT and DELETE it lists only the ruler. */
const postable = ['api/v1/query', 'api/v1/query_range', 'api/v1/series', 'api/v1/labels', 'api/v1/query_exemplars'];

async function proxy(call: HttpCall, source: DataSource): Promise<Answer> {
  requirePlugin(call.grafana, source);
  if (!source.url) throw new GrafanaError(400, 'invalid data source URL: empty');
  const rest = call.params['rest'] ?? '';
  if (
    prometheusTypes.includes(source.type) &&
    ['POST', 'PUT', 'DELETE'].includes(call.method) &&
    !(call.method === 'POST' && postable.includes(rest))
  ) {
    throw new GrafanaError(403, `non allow-listed ${call.method}s not allowed on proxied Prometheus datasource`);
  }
  return pass(await forward(call, source, `/${rest}`));
}

async function forward(call: HttpCall, source: DataSource, path: string): Promise<Incoming> {
  const headers = Object.fromEntries(
    Object.entries(call.headers).filter(
      ([name]) => ['accept', 'content-type'].includes(name) || name.startsWith('x-scope-') || name === 'traceparent',
    ),
  );
  try {
    return await askDataSource(call.grafana, source, {
      method: call.method,
      path,
      query: call.query,
      headers,
      body: call.body,
    });
  } catch (error) {
    if (error instanceof DataSourceUnreachable)
      throw new GrafanaError(error.status, error.status === 504 ? 'Gateway Timeout' : `Bad Gateway: ${error.message}`);
    throw error;
  }
}

/** Passes on the upstream's status and body unchanged, and only the headers that a client needs. */
function pass(incoming: Incoming): Answer {
  const type = incoming.headers.get('content-type');
  const retry = incoming.headers.get('retry-after');
  return {
    status: incoming.status,
    body: incoming.body,
    headers: {
      'content-type': type ?? 'text/plain',
      'content-security-policy': 'sandbox',
      ...(retry && { 'retry-after': retry }),
    },
  };
}

/**
 * CallResource of the plugins: Prometheus passes api/v1, Loki's and Tempo's backends map short paths to their own API.
 */
function resource(call: HttpCall): Promise<Answer> {
  const source = call.grafana.dataSources.get(call.params['uid'] ?? '');
  requirePlugin(call.grafana, source);
  const path = resourcePath(call.grafana, source, call.params['rest'] ?? '');
  if (path === undefined) throw publicError(404, 'plugin.notImplemented', 'Method not implemented');
  return forward(call, source, path).then(pass);
}

function resourcePath(_grafana: Grafana, source: DataSource, rest: string): string | undefined {
  if (prometheusTypes.includes(source.type)) return rest.startsWith('api/v1/') ? `/${rest}` : undefined;
  // pkg/tsdb/loki CallResource: labels, label/<name>/values, series, index/…, patterns.
  if (source.type === 'loki')
    return /^(labels|label\/[^/]+\/values|series|index\/\w+|detected_\w+.*|patterns)$/.test(rest)
      ? `/loki/api/v1/${rest}`
      : undefined;
  if (source.type === 'tempo') {
    if (rest === 'tags') return '/api/v2/search/tags';
    const tag = /^tag-values$|^tag\/([^/]+)\/values$/.exec(rest);
    return tag?.[1] ? `/api/v2/search/tag/${tag[1]}/values` : undefined;
  }
  return undefined;
}
