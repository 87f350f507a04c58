import { DriftFound } from '../domain/errors';
import type { Access } from '../domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { sweepTokens } from '../domain/tokens';
import type { Amg } from '../domain/workspace';

/**
 * Makes sure of the one service account (each is billed as a user) and sweeps the tokens that a killed run left: this execution
 * holds the lock, so none of them is in use. Answers ids, never a token.
 */
export async function openAccess(
  {
    workspace,
    verifyOnly,
  }: {
    readonly workspace: { readonly id: string; readonly endpoint: string; readonly grafanaVersion: string };
    readonly verifyOnly: boolean;
  },
  { amg }: { readonly amg: Amg },
): Promise<StepResult & { readonly access: Access }> {
  const present = (await amg.serviceAccounts(workspace.id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
  if (!present && verifyOnly) throw new DriftFound(`the service account ${SERVICE_ACCOUNT_NAME} is missing`);
  const account = present ?? (await amg.createServiceAccount(workspace.id, SERVICE_ACCOUNT_NAME, 'ADMIN'));
  const swept = present ? await sweepTokens(amg, workspace.id, account.id) : 0;
  return {
    outcome: present ? 'unchanged' : 'added',
    detail: `service account ${SERVICE_ACCOUNT_NAME} (${account.id})${swept > 0 ? `, ${swept} stale tokens deleted` : ''}`,
    access: {
      workspaceId: workspace.id,
      endpoint: workspace.endpoint,
      grafanaVersion: workspace.grafanaVersion,
      serviceAccountId: account.id,
    },
  };
}
