import { whoCanLogIn } from '../../report';
import type { Clock } from '../domain/clock';
import { AccessNotGranted } from '../domain/errors';
import type { StepResult } from '../domain/results';
import { isRetriedBy } from '../domain/retried';
import { readThrown } from '../domain/thrown';
import type { Amg, Authentication, Permission } from '../domain/workspace';

/** How long AMG may take to register a new workspace with Identity Center, in ms, and the pause between two tries. */
const REGISTERED_WITHIN_MS = 150_000;
const PAUSE_MS = 10_000;

/**
 * Gives Identity Center users and groups their roles and reads them back, because AMG was seen to answer 200 for an
 * assignment that it did not store. It removes no role: roles given in the console stay. Throws AccessNotGranted, which
 * names who has no role and what to do, unless the state machine retries the error.
 */
export async function grantAccess(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg, clock, wanted }: { readonly amg: Amg; readonly clock: Clock; readonly wanted: readonly Permission[] },
): Promise<StepResult> {
  const authentication = await amg.authentication(workspaceId);
  const present = authentication.providers.includes('AWS_SSO') ? await amg.permissions(workspaceId) : [];
  const missing = authentication.providers.includes('AWS_SSO') ? lacking(wanted, present) : [];
  if (missing.length === 0) return { outcome: 'unchanged', detail: sentence(authentication, present) };
  if (verifyOnly) return { outcome: 'drifted', detail: `without their role: ${missing.map(show).join(', ')}` };

  const refused = await grantOnceRegistered(workspaceId, missing, { amg, clock });
  if (refused.length > 0) throw new AccessNotGranted(refused.join('; '));
  const still = lacking(wanted, await amg.permissions(workspaceId));
  if (still.length > 0) throw new AccessNotGranted(still.map(show).join(', '));
  return { outcome: 'added', detail: missing.map(show).join(', ') };
}

/** Everybody who can log in, including people with a role that the parameters do not name. */
function sentence({ providers, saml }: Authentication, permissions: readonly Permission[]): string {
  const { admin = [], editor = [] } = saml?.configuration?.roleValues ?? {};
  return whoCanLogIn({
    providers,
    saml: saml && { status: saml.status, admins: admin, editors: editor },
    permissions,
  }).text;
}

/**
 * AMG registers a workspace with Identity Center some time after it is ACTIVE, and refuses assignments until then with
 * `AccessDeniedException: Unable to update users in managed application`. A missing right gives the same message, and
 * it stays (aws-facts: amg-registers-late).
 */
async function grantOnceRegistered(
  workspaceId: string,
  missing: readonly Permission[],
  { amg, clock }: { readonly amg: Amg; readonly clock: Clock },
): Promise<readonly string[]> {
  const end = clock.now().getTime() + REGISTERED_WITHIN_MS;
  for (;;) {
    try {
      return await amg.grant(workspaceId, missing);
    } catch (error) {
      if (isRetriedBy('setup', error)) throw error;
      if (!isNotRegisteredYet(error) || clock.now().getTime() + PAUSE_MS > end) throw refusal(missing, error);
    }
    await clock.sleep(PAUSE_MS);
  }
}

function refusal(missing: readonly Permission[], error: unknown): AccessNotGranted {
  const { name, message } = readThrown(error);
  return new AccessNotGranted(`${missing.map(show).join(', ')} (${name}: ${message})`, error);
}

function isNotRegisteredYet(error: unknown): boolean {
  return error instanceof Error && error.name === 'AccessDeniedException' && /managed application/i.test(error.message);
}

function lacking(wanted: readonly Permission[], present: readonly Permission[]): readonly Permission[] {
  return wanted.filter((entry) => !present.some(({ id, role }) => id === entry.id && role === entry.role));
}

function show({ role, type, id }: Permission): string {
  return `${type === 'SSO_GROUP' ? 'group' : 'user'} ${id} as ${role}`;
}
