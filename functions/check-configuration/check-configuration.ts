import type { Clock } from '../domain/clock';
import { WorkspaceTimedOut } from '../domain/errors';
import type { Grafana } from '../domain/grafana';
import { requireWorkspace } from '../domain/require-workspace';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

export interface ConfigurationChecked extends CheckResult {
  /** The later states' way to Grafana; incomplete while PENDING. */
  readonly workspace: { readonly id: string; readonly endpoint: string; readonly grafanaVersion: string };
}

/** READY when the workspace is ACTIVE and Grafana's own `/api/health` answers: a configuration change can restart it. */
export async function checkConfiguration(
  { workspaceId, deadline }: { readonly workspaceId: string; readonly deadline: Date },
  deps: { readonly amg: Amg; readonly clock: Clock; readonly connect: (endpoint: string) => Grafana },
): Promise<ConfigurationChecked> {
  const now = deps.clock.now();
  const { status, endpoint, grafanaVersion } = await requireWorkspace(deps.amg, workspaceId, { now, deadline });
  const workspace = { id: workspaceId, endpoint, grafanaVersion };
  if (status !== 'ACTIVE')
    return { status: 'PENDING', outcome: 'pending', detail: `${workspaceId} is ${status}`, workspace };
  const health = await healthOf(deps.connect(endpoint));
  if (health.version !== undefined) {
    return { status: 'READY', outcome: 'done', detail: `Grafana ${health.version} answers at ${endpoint}`, workspace };
  }
  if (now > deadline) throw new WorkspaceTimedOut(workspaceId, `ACTIVE, but ${health.reason},`);
  return { status: 'PENDING', outcome: 'pending', detail: `ACTIVE, but ${health.reason}`, workspace };
}

async function healthOf(
  grafana: Grafana,
): Promise<{ readonly version: string } | { readonly version?: undefined; readonly reason: string }> {
  try {
    const { body } = await grafana.request('GET', '/api/health', { retry: false, timeout: 5_000 });
    const { database, version } = (body ?? {}) as { readonly database?: string; readonly version?: string };
    return database === 'ok' ? { version: version ?? 'of unknown version' } : { reason: 'its database is not ready' };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
