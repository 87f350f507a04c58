import type { Clock } from '../domain/clock';
import { differences } from '../domain/compare';
import {
  type Content,
  type DataSourceFile,
  type DataSourceModel,
  dataSourceFor,
  fill,
  type Values,
} from '../domain/content';
import { DataSourceUnhealthy } from '../domain/errors';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { queryFrames } from '../domain/queries/frames';
import { proxyWays } from '../domain/queries/proxy';
import { reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { firstAllowed, secondWays, type Way } from '../domain/second-ways';

/** How long a data source may need to become healthy after it was written, or after the workspace joined the VPC. */
const HEALTHY_WITHIN_MS = 60_000;

/** Upserts the data source `uid` and proves that Grafana reaches what is behind it. */
export async function applyDataSource(
  { item: uid, access, verifyOnly }: { readonly item: string; readonly access: Access; readonly verifyOnly: boolean },
  {
    session,
    content,
    values,
    clock,
  }: { readonly session: GrafanaSession; readonly content: Content; readonly values: Values; readonly clock: Clock },
): Promise<StepResult & { readonly name: string }> {
  const file = dataSourceFor(content, uid, access.grafanaVersion);
  if (!file) return { name: uid, outcome: 'unchanged', detail: `not for Grafana ${access.grafanaVersion}` };
  const wanted = fill(file.model, values);
  return session(access, `data-source-${uid}`, async (grafana) => {
    const change = await reconcile(dataSource(grafana, wanted), verifyOnly);
    const { outcome, detail } = summarize([change]);
    // A data source that is not what it should be proves nothing by its health, good or bad.
    if (outcome === 'drifted') return { name: wanted.name, outcome, detail: `${detail}; not asked for its health` };
    const health = await proveHealth(grafana, wanted, { ...file, healthQuery: fill(file.healthQuery, values) }, clock);
    const told = secondWays(grafana);
    return { name: wanted.name, outcome, detail: [detail, health, ...(told === '' ? [] : [told])].join('; ') };
  });
}

function dataSource(grafana: Grafana, wanted: DataSourceModel) {
  const path = `/api/datasources/uid/${wanted.uid}`;
  return {
    name: wanted.name,
    read: async () => {
      const { status, body } = await grafana.request('GET', path, { accept: [404] });
      return status === 404 ? undefined : (body as Record<string, unknown>);
    },
    differences: (actual: unknown) => differences(wanted, actual),
    write: async (actual: unknown) => {
      if (actual === undefined) await grafana.request('POST', '/api/datasources', { body: wanted });
      else await grafana.request('PUT', path, { body: wanted });
    },
  };
}

async function proveHealth(
  grafana: Grafana,
  wanted: DataSourceModel,
  file: HealthProof,
  clock: Clock,
): Promise<string> {
  const deadline = clock.now().getTime() + HEALTHY_WITHIN_MS;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    const answer = await askHealth(grafana, wanted, file);
    if (answer.healthy) return answer.message;
    if (clock.now().getTime() > deadline) throw new DataSourceUnhealthy(wanted.name, answer.message);
    await clock.sleep(wait);
  }
}

type HealthProof = Pick<DataSourceFile, 'health' | 'healthQuery'>;

interface Health {
  readonly healthy: boolean;
  readonly message: string;
}

/** An unhealthy data source answers 400 or 5xx, with its reason in the body. */
const UNHEALTHY = [400, 404, 500, 501, 502, 503, 504];

/** aws-facts: workspace-data-source-health-route, workspace-proxy-by-uid */
function askHealth(grafana: Grafana, { uid }: DataSourceModel, { health, healthQuery }: HealthProof): Promise<Health> {
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
