import type { DataSource } from '../data-sources';
import { isObject, publicError } from '../errors';
import type { WorkspaceState } from '../workspace-state';
import { queryCloudWatch } from './cloudwatch';
import { runExpressions } from './expressions';
import { failed, type QueryResult } from './frames';
import { queryLoki } from './loki';
import { queryPrometheus } from './prometheus';
import { type Query, type QueryRunner, text } from './query';
import { queryTempo } from './tempo';

const runners: Readonly<Record<string, QueryRunner>> = {
  prometheus: queryPrometheus,
  'grafana-amazonprometheus-datasource': queryPrometheus,
  loki: queryLoki,
  tempo: queryTempo,
  cloudwatch: queryCloudWatch,
};

/**
 * Runs data queries, then the server-side expressions over them (datasource uid `__expr__`). Hidden queries are
 * input of expressions only and are not in the response. Throws GrafanaError when Grafana refuses the whole request.
 */
export async function runQueries(
  grafana: WorkspaceState,
  queries: readonly Query[],
): Promise<Map<string, QueryResult>> {
  const results = new Map<string, QueryResult>();
  const expressions = queries.filter((query) => isExpression(query));
  const plain = queries
    .filter((query) => !isExpression(query))
    .map((query) => ({ query, source: findSource(grafana, query.model) }));
  await Promise.all(
    plain.map(async ({ query, source }) => results.set(query.refId, await runOne(grafana, source, query))),
  );
  runExpressions(expressions, results);
  return results;
}

export function isExpression(query: Query): boolean {
  return datasourceUid(query.model) === '__expr__' || datasourceUid(query.model) === '-100';
}

async function runOne(grafana: WorkspaceState, source: DataSource, query: Query): Promise<QueryResult> {
  const runner = runners[source.type];
  if (!runner)
    return failed(
      501,
      `not evaluated: the Grafana stand-in does not run queries of data source type ${source.type}`,
      'plugin',
    );
  return runner(grafana, source, query);
}

export function datasourceUid(model: Readonly<Record<string, unknown>>): string {
  const reference = model['datasource'];
  if (typeof reference === 'string') return reference;
  if (isObject(reference)) return text(reference['uid']) || (text(reference['type']) === '__expr__' ? '__expr__' : '');
  return text(model['datasourceUid']);
}

function findSource(grafana: WorkspaceState, model: Readonly<Record<string, unknown>>): DataSource {
  const uid = datasourceUid(model);
  if (uid === '' || uid === 'default') {
    const source = grafana.dataSources.default();
    if (source) return source;
    throw publicError(400, 'query.invalidDatasourceId', 'Query does not contain a valid data source identifier');
  }
  const source = grafana.dataSources.list().find((one) => one.uid === uid || one.name === uid);
  if (!source) throw publicError(404, 'datasource.notFound', 'Data source not found');
  requirePlugin(grafana, source);
  return source;
}

/** Throws 404 plugin.notRegistered for a data source whose plugin is not installed. */
export function requirePlugin(grafana: WorkspaceState, source: DataSource): void {
  if (grafana.plugins.find(source.type, grafana.features.amazonPrometheusBundled)) return;
  throw publicError(404, 'plugin.notRegistered', 'Plugin not found');
}
