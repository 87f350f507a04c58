import type { AuditStore } from '../domain/audit';
import { readLock } from '../domain/lock';
import { LOCK_KEY } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { sweepTokens } from '../domain/tokens';
import type { Amg } from '../domain/workspace';

/**
 * Deletes every token of the setup's service account, and releases the lock if this execution holds it. A run that did
 * not reach OpenAccess has no tokens to delete. A run that was refused the lock must not delete the tokens of the
 * lock's owner.
 */
export async function closeAccess(
  input: {
    readonly execution: string;
    readonly access: { readonly workspaceId: string; readonly serviceAccountId: string } | undefined;
  },
  { amg, audit }: { readonly amg: Amg; readonly audit: AuditStore },
): Promise<StepResult> {
  const swept = input.access ? await sweepTokens(amg, input.access.workspaceId, input.access.serviceAccountId) : 0;
  const released = await releaseLock(input.execution, audit);
  const tokens = input.access
    ? swept === 0
      ? 'no token left'
      : `${swept} tokens deleted, none left`
    : 'no token was minted';
  return { outcome: 'done', detail: `${tokens}; ${released ? 'lock released' : 'no lock to release'}` };
}

async function releaseLock(execution: string, audit: AuditStore): Promise<boolean> {
  const present = await audit.read(LOCK_KEY);
  if (!present || readLock(present.text)?.execution !== execution) return false;
  await audit.delete(LOCK_KEY);
  return true;
}
