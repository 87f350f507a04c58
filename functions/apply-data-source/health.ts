import type { DataSourceFile, DataSourceModel } from '../domain/content';
import type { Grafana } from '../domain/grafana';
import { queryFrames } from '../domain/queries/frames';
import { proxyWays } from '../domain/queries/proxy';
import { firstAllowed, type Way } from '../domain/second-ways';

export type HealthProof = Pick<DataSourceFile, 'health' | 'healthQuery'>;

export interface Health {
  readonly healthy: boolean;
  readonly message: string;
}

/** An unhealthy data source answers 400 or 5xx, with the reason in the body. */
const UNHEALTHY = [400, 404, 500, 501, 502, 503, 504];

/** Checks the health of a data source once. aws-facts: workspace-data-source-health-route, workspace-proxy-by-uid */
export function askHealth(
  grafana: Grafana,
  { uid }: DataSourceModel,
  { health, healthQuery }: HealthProof,
): Promise<Health> {
  const first: readonly Way<Health>[] =
    health === 'backend'
      ? [{ route: `GET /api/datasources/uid/${uid}/health`, run: () => askBackend(grafana, uid) }]
      : proxyWays(grafana, uid, health.proxiedPath, UNHEALTHY).map(({ route, run }) => ({
          route,
          async run() {
            const { status } = await run();
            return { healthy: status === 200, message: `${health.proxiedPath} answered ${status}` };
          },
        }));
  return firstAllowed(grafana, [
    ...first,
    { route: 'POST /api/ds/query', run: () => askByQuery(grafana, uid, healthQuery) },
  ]);
}

async function askBackend(grafana: Grafana, uid: string): Promise<Health> {
  const path = `/api/datasources/uid/${uid}/health`;
  const { status, body } = await grafana.request('GET', path, { accept: UNHEALTHY, retry: false });
  const { status: state, message } = (body ?? {}) as { readonly status?: string; readonly message?: string };
  if (status === 501) return { healthy: true, message: notEvaluated(message) };
  // 404: this data source type has no health check of its own.
  if (status === 404) return { healthy: true, message: 'has no health check' };
  return { healthy: status === 200 && (state === undefined || state === 'OK'), message: message ?? `${status}` };
}

async function askByQuery(grafana: Grafana, uid: string, model: DataSourceFile['healthQuery']): Promise<Health> {
  const answer = await queryFrames(grafana, { ...model, refId: 'A', datasource: { uid } }, 'last hour');
  if (answer.kind === 'data') return { healthy: true, message: 'answers a query' };
  return answer.kind === 'not-evaluated'
    ? { healthy: true, message: notEvaluated(answer.reason) }
    : { healthy: false, message: answer.reason };
}

function notEvaluated(reason = 'its engine is a stand-in'): string {
  return `health not evaluated (${reason})`;
}
