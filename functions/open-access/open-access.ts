import { DriftFound } from '../domain/errors';
import { SERVICE_ACCOUNT_NAME } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { sweepTokens } from '../domain/tokens';
import type { Amg } from '../domain/workspace';

/**
 * Ensures that the one service account exists (AMG bills each as a user) and deletes the tokens that a killed run left.
 * This execution holds the lock, so no such token is in use. Returns ids, never a token. It runs before the first step
 * that mints a token, so that CloseAccess always knows which account's tokens to delete.
 */
export async function openAccess(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg }: { readonly amg: Amg },
): Promise<StepResult & { readonly access: { readonly workspaceId: string; readonly serviceAccountId: string } }> {
  const present = (await amg.serviceAccounts(workspaceId)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
  if (!present && verifyOnly) throw new DriftFound(`the service account ${SERVICE_ACCOUNT_NAME} is missing`);
  const account = present ?? (await amg.createServiceAccount(workspaceId, SERVICE_ACCOUNT_NAME, 'ADMIN'));
  const swept = present ? await sweepTokens(amg, workspaceId, account.id) : 0;
  return {
    outcome: present ? 'unchanged' : 'added',
    detail: `service account ${SERVICE_ACCOUNT_NAME} (${account.id})${swept > 0 ? `, ${swept} stale tokens deleted` : ''}`,
    access: { workspaceId, serviceAccountId: account.id },
  };
}
