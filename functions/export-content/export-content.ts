import type { AuditStore } from '../domain/audit';
import type { Content } from '../domain/content';
import { findWorkspace } from '../domain/find-workspace';
import type { Access, GrafanaSession } from '../domain/grafana';
import { exportPrefix, SERVICE_ACCOUNT_NAME } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { isRetriedBy } from '../domain/retried';
import type { Amg, Workspace } from '../domain/workspace';
import { ContentNotExported, WorkspaceChanging } from './errors';
import { type Gaps, readContent } from './read-content';

interface Dependencies {
  readonly amg: Amg;
  readonly session: GrafanaSession;
  readonly audit: AuditStore;
  readonly content: Content;
}

/** In these statuses users made nothing, or an earlier run has exported the content and started the deletion. */
const EMPTY: ReadonlySet<string> = new Set(['CREATING', 'CREATION_FAILED', 'DELETING', 'DELETION_FAILED']);
const CHANGING: ReadonlySet<string> = new Set(['UPDATING', 'UPGRADING', 'VERSION_UPDATING']);

/**
 * Writes what users made in the workspace to the audit bucket, below `exports/<execution>/`: one file per item with the
 * body of the request that restores it, and `manifest.json` with the counts and the names of the secrets that were left
 * out. Does nothing if the stage keeps no data. Throws ContentNotExported, which names the ways out, if the content
 * cannot be read or written, so that the workspace is not deleted. Only an error that the state machine retries keeps
 * its name.
 */
export async function exportContent(
  { execution }: { readonly execution: string },
  deps: Dependencies & { readonly stackName: string; readonly keep: boolean },
): Promise<StepResult> {
  const { amg, stackName } = deps;
  if (!deps.keep) return { outcome: 'unchanged', detail: 'nothing exported: the stack keeps no data' };
  const found = await findWorkspace(amg, stackName);
  if (!found) return { outcome: 'unchanged', detail: `no workspace ${stackName}` };
  try {
    return await exportFrom(found.id, execution, deps);
  } catch (error) {
    throw isRetriedBy('teardown', error) ? error : new ContentNotExported(found.id, error);
  }
}

async function exportFrom(id: string, execution: string, deps: Dependencies): Promise<StepResult> {
  const { amg, audit } = deps;
  const workspace = await amg.describe(id);
  if (!workspace) return { outcome: 'unchanged', detail: `no workspace ${id}` };
  if (EMPTY.has(workspace.status))
    return { outcome: 'unchanged', detail: `${workspace.id} is ${workspace.status}: nothing to export` };
  if (CHANGING.has(workspace.status)) throw new WorkspaceChanging(workspace.id, workspace.status);

  const gaps: Gaps = { secrets: [], notExported: [] };
  const counts = new Map<string, number>();
  const prefix = exportPrefix(execution);
  await deps.session(await accessTo(workspace, amg), 'export', async (grafana) => {
    for await (const { kind, path, body } of readContent(grafana, deps.content, gaps)) {
      await audit.write(`${prefix}${path}`, JSON.stringify(body, undefined, 2), 'application/json');
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  });
  const refused = gaps.notExported.length > 0 ? `; not exported: ${gaps.notExported.join('; ')}` : '';
  if (counts.size === 0) return { outcome: 'unchanged', detail: `users made nothing in ${workspace.id}${refused}` };
  const manifest = {
    workspace: workspace.id,
    grafanaVersion: workspace.grafanaVersion,
    exported: Object.fromEntries(counts),
    secretsToEnterAgain: gaps.secrets,
    notExported: gaps.notExported,
  };
  await audit.write(`${prefix}manifest.json`, JSON.stringify(manifest, undefined, 2), 'application/json');
  const secrets = gaps.secrets.length > 0 ? `; ${gaps.secrets.length} secrets are to be entered again` : '';
  return { outcome: 'done', detail: `${told(counts)} → ${audit.location(prefix)}${secrets}${refused}` };
}

async function accessTo(workspace: Workspace, amg: Amg): Promise<Access> {
  const accounts = await amg.serviceAccounts(workspace.id);
  // There is none if a setup failed early or somebody deleted it. A new one is deleted with the workspace.
  const account =
    accounts.find(({ name }) => name === SERVICE_ACCOUNT_NAME) ??
    (await amg.createServiceAccount(workspace.id, SERVICE_ACCOUNT_NAME, 'ADMIN'));
  const { id: workspaceId, endpoint, grafanaVersion } = workspace;
  return { workspaceId, endpoint, grafanaVersion, serviceAccountId: account.id };
}

function told(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`).join(', ');
}
