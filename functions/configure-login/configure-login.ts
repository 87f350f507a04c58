import type { Clock } from '../domain/clock';
import { IdentityCenterMissing, LoginRefused } from '../domain/errors';
import { isIdentityCenterMissing, type Login, loginDifferences } from '../domain/login';
import { reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import type { Amg, Authentication, AuthenticationProvider } from '../domain/workspace';

/**
 * "Changes to the authentication method for a workspace may take a few minutes to take effect".
 * aws-facts: amg-saml-takes-minutes
 */
const DEADLINE_MINUTES = 15;

/**
 * Updates the workspace's authentication providers and its SAML configuration to the parameters. Throws
 * IdentityCenterMissing if the organization has no Identity Center, and LoginRefused with AMG's message if AMG refuses
 * the SAML configuration.
 */
export async function configureLogin(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg, clock, login }: { readonly amg: Amg; readonly clock: Clock; readonly login: Login },
): Promise<StepResult & { readonly deadline: string }> {
  const change = await reconcile<Authentication>(
    {
      name: 'log-in',
      read: () => amg.authentication(workspaceId),
      differences: (present) => loginDifferences(login, present),
      write: (present) => write(amg, workspaceId, login, present?.providers ?? []),
    },
    verifyOnly,
  );
  return {
    ...summarize([change]),
    deadline: new Date(clock.now().getTime() + DEADLINE_MINUTES * 60_000).toISOString(),
  };
}

async function write(
  amg: Amg,
  workspaceId: string,
  { providers, saml }: Login,
  present: readonly string[],
): Promise<void> {
  const wanted = providers === 'auto' ? (present as readonly AuthenticationProvider[]) : providers;
  try {
    await amg.authenticate(workspaceId, { providers: wanted, saml });
  } catch (error) {
    if (isIdentityCenterMissing(error)) throw new IdentityCenterMissing();
    if (error instanceof Error && error.name === 'ValidationException') throw new LoginRefused(error.message);
    throw error;
  }
}
