import type { Clock } from '../domain/clock';
import { GrafanaRejected, GrafanaUnavailable, WorkspaceTimedOut } from '../domain/errors';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { requireWorkspace } from '../domain/require-workspace';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

export interface ConfigurationChecked extends CheckResult {
  readonly workspace: { readonly id: string; readonly endpoint: string; readonly grafanaVersion: string };
  /** Where the later states reach Grafana; incomplete while PENDING. */
  readonly access: Access;
}

/** A starting Grafana does not know the token yet (401), and a load balancer without a target may answer 404. */
const NOT_YET_STATUSES: ReadonlySet<number> = new Set([401, 404]);

/**
 * READY when the workspace is ACTIVE and Grafana returns its version to a request with a token: a configuration change
 * can restart Grafana. A 401, a 404, a 5xx or no response means "not yet". Any other refusal, by the front end
 * (RouteNotAllowed) or by Grafana, is thrown at once. Without a service account Grafana is not asked.
 */
export async function checkConfiguration(
  {
    workspaceId,
    serviceAccountId,
    deadline,
  }: { readonly workspaceId: string; readonly serviceAccountId: string; readonly deadline: Date },
  deps: { readonly amg: Amg; readonly clock: Clock; readonly session: GrafanaSession },
): Promise<ConfigurationChecked> {
  const now = deps.clock.now();
  const { status, endpoint, grafanaVersion } = await requireWorkspace(deps.amg, workspaceId, { now, deadline });
  const workspace = { id: workspaceId, endpoint, grafanaVersion };
  const access = { workspaceId, endpoint, grafanaVersion, serviceAccountId };
  const known = { workspace, access };
  if (status !== 'ACTIVE')
    return { status: 'PENDING', outcome: 'pending', detail: `${workspaceId} is ${status}`, ...known };
  if (serviceAccountId === '')
    return { status: 'READY', outcome: 'done', detail: `${workspaceId} is ACTIVE; Grafana was not asked`, ...known };
  const found = await askVersion(access, deps.session);
  if ('version' in found)
    return { status: 'READY', outcome: 'done', detail: `Grafana ${found.version} answers at ${endpoint}`, ...known };
  if (now > deadline) throw new WorkspaceTimedOut(workspaceId, `ACTIVE, but ${found.reason},`);
  return { status: 'PENDING', outcome: 'pending', detail: `ACTIVE, but ${found.reason}`, ...known };
}

type Found = { readonly version: string } | { readonly reason: string };

async function askVersion(access: Access, session: GrafanaSession): Promise<Found> {
  try {
    return await session(access, 'check-configuration', versionOf);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isNotYet =
      error instanceof GrafanaRejected
        ? NOT_YET_STATUSES.has(error.status)
        : // AMG refuses tokens while it changes the workspace.
          error instanceof GrafanaUnavailable || error.name === 'ConflictException';
    if (isNotYet) return { reason: error.message };
    throw error;
  }
}

/**
 * `/api/health` is no way to get the version: every workspace refuses it. aws-facts: workspace-health-refused,
 * workspace-settings-route
 */
async function versionOf(grafana: Grafana): Promise<Found> {
  const { body } = await grafana.request('GET', '/api/frontend/settings', { retry: false, timeout: 5_000 });
  return { version: (body as { readonly buildInfo: { readonly version: string } }).buildInfo.version };
}
