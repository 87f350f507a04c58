import { SERVICE_ACCOUNT_NAME } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { memberDifferences, textOf } from '../domain/statement/member-differences';
import { sweepTokens } from '../domain/tokens';
import type { Amg, ServiceAccount } from '../domain/workspace';

const WANTED = { name: SERVICE_ACCOUNT_NAME, role: 'ADMIN' } as const;

interface AccessOpened extends StepResult {
  /** The id of the service account is empty if a verification finds none that it can use. */
  readonly access: { readonly workspaceId: string; readonly serviceAccountId: string };
}

/**
 * Ensures that the one service account exists (AMG bills each as a user) and deletes the tokens that a killed run left.
 * This execution holds the lock, so no such token is in use. Returns ids, never a token. It runs before the first step
 * that mints a token, so that CloseAccess always knows which account's tokens to delete. AMG cannot change the role of
 * an account, so one with another role is deleted and created again.
 */
export async function openAccess(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg }: { readonly amg: Amg },
): Promise<AccessOpened> {
  const present = (await amg.serviceAccounts(workspaceId)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
  const found = present ? memberDifferences('service account', WANTED, present).map(textOf) : ['missing'];
  const described = (account?: ServiceAccount) =>
    `service account ${SERVICE_ACCOUNT_NAME}${account ? ` (${account.id})` : ''}`;
  const result = (outcome: AccessOpened['outcome'], detail: string, serviceAccountId: string): AccessOpened => ({
    outcome,
    detail,
    access: { workspaceId, serviceAccountId },
  });
  if (verifyOnly && found.length > 0) {
    const detail = `${described(present)} ${found.join(', ')}, so the content of the workspace was not looked at`;
    return result('drifted', detail, '');
  }
  if (present && found.length === 0) {
    const swept = await sweepTokens(amg, workspaceId, present.id);
    return result(
      'unchanged',
      `${described(present)}${swept > 0 ? `, ${swept} stale tokens deleted` : ''}`,
      present.id,
    );
  }
  if (present) await amg.deleteServiceAccount(workspaceId, present.id);
  const account = await amg.createServiceAccount(workspaceId, SERVICE_ACCOUNT_NAME, WANTED.role);
  if (!present) return result('added', described(account), account.id);
  return result('updated', `${described(account)} created again (${found.join(', ')})`, account.id);
}
