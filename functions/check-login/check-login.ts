import type { Clock } from '../domain/clock';
import { LoginNotConfigured } from '../domain/errors';
import { type Login, loginDifferences } from '../domain/login';
import { requireWorkspace } from '../domain/require-workspace';
import type { CheckResult } from '../domain/results';
import type { Amg } from '../domain/workspace';

/**
 * READY when AMG returns the wanted log-in settings, with SAML as CONFIGURED, and the workspace is ACTIVE again. A
 * verification changes nothing, so it does not wait. Throws LoginNotConfigured after the deadline.
 */
export async function checkLogin(
  {
    workspaceId,
    deadline,
    verifyOnly,
  }: { readonly workspaceId: string; readonly deadline: Date; readonly verifyOnly: boolean },
  { amg, clock, login }: { readonly amg: Amg; readonly clock: Clock; readonly login: Login },
): Promise<CheckResult> {
  const now = clock.now();
  const { status } = await requireWorkspace(amg, workspaceId, { now, deadline });
  const authentication = await amg.authentication(workspaceId);
  const by = `log-in by ${authentication.providers.join(' and ')}`;
  if (verifyOnly) return { status: 'READY', outcome: 'done', detail: by };
  const missing = loginDifferences(login, authentication);
  if (missing.length > 0 && now > deadline) throw new LoginNotConfigured(workspaceId, missing.join(', '));
  if (missing.length > 0) return { status: 'PENDING', outcome: 'pending', detail: missing.join(', ') };
  if (status !== 'ACTIVE') return { status: 'PENDING', outcome: 'pending', detail: `${workspaceId} is ${status}` };
  return { status: 'READY', outcome: 'done', detail: by };
}
