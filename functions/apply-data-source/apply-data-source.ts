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
import { reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';

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
    const health =
      outcome === 'drifted' ? 'not asked for its health' : await proveHealth(grafana, wanted, file.health, clock);
    return { name: wanted.name, outcome, detail: `${detail}; ${health}` };
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
  health: DataSourceFile['health'],
  clock: Clock,
): Promise<string> {
  const deadline = clock.now().getTime() + HEALTHY_WITHIN_MS;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    const answer = await askHealth(grafana, wanted, health);
    if (answer.healthy) return answer.message;
    if (clock.now().getTime() > deadline) throw new DataSourceUnhealthy(wanted.name, answer.message);
    await clock.sleep(wait);
  }
}

async function askHealth(
  grafana: Grafana,
  { uid }: DataSourceModel,
  health: DataSourceFile['health'],
): Promise<{ readonly healthy: boolean; readonly message: string }> {
  const path =
    health === 'backend'
      ? `/api/datasources/uid/${uid}/health`
      : `/api/datasources/proxy/uid/${uid}${health.proxiedPath}`;
  // An unhealthy data source answers 400 or 5xx, with its reason in the body.
  const { status, body } = await grafana.request('GET', path, {
    accept: [400, 404, 500, 501, 502, 503, 504],
    retry: false,
  });
  if (health !== 'backend') return { healthy: status === 200, message: `${health.proxiedPath} answered ${status}` };
  const { status: state, message } = (body ?? {}) as { readonly status?: string; readonly message?: string };
  if (status === 501)
    return { healthy: true, message: `health not evaluated (${message ?? 'its engine is a stand-in'})` };
  // 404: this data source type has no health check of its own.
  if (status === 404) return { healthy: true, message: 'has no health check' };
  return { healthy: status === 200 && (state === undefined || state === 'OK'), message: message ?? `${status}` };
}
