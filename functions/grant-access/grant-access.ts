import { AccessNotGranted } from '../domain/errors';
import type { StepResult } from '../domain/results';
import type { Amg, Permission } from '../domain/workspace';

/**
 * Gives Identity Center users and groups their roles and reads them back, because AMG was seen to answer 200 for an assignment
 * that it did not take. Nobody is ever removed: roles given in the console stay.
 */
export async function grantAccess(
  { workspaceId, verifyOnly }: { readonly workspaceId: string; readonly verifyOnly: boolean },
  { amg, wanted }: { readonly amg: Amg; readonly wanted: readonly Permission[] },
): Promise<StepResult> {
  const providers = await amg.authenticationProviders(workspaceId);
  if (!providers.includes('AWS_SSO')) {
    return {
      outcome: 'unchanged',
      detail:
        'nobody can log in yet: the workspace uses SAML, so configure it in the AMG console (Authentication → SAML), or enable Identity Center for the organization and add it there',
    };
  }
  const present = await amg.permissions(workspaceId);
  const missing = lacking(wanted, present);
  if (missing.length === 0) {
    return present.length === 0
      ? {
          outcome: 'unchanged',
          detail: 'nobody can log in yet: name Identity Center ids with --param=grafanaAdmins=… and deploy again',
        }
      : { outcome: 'unchanged', detail: `${present.length} users and groups have a role` };
  }
  if (verifyOnly) return { outcome: 'drifted', detail: `without their role: ${missing.map(show).join(', ')}` };

  const refused = await amg.grant(workspaceId, missing);
  if (refused.length > 0) throw new AccessNotGranted(refused.join('; '));
  const still = lacking(wanted, await amg.permissions(workspaceId));
  if (still.length > 0) throw new AccessNotGranted(still.map(show).join(', '));
  return { outcome: 'added', detail: missing.map(show).join(', ') };
}

function lacking(wanted: readonly Permission[], present: readonly Permission[]): readonly Permission[] {
  return wanted.filter((entry) => !present.some(({ id, role }) => id === entry.id && role === entry.role));
}

function show({ role, type, id }: Permission): string {
  return `${type === 'SSO_GROUP' ? 'group' : 'user'} ${id} as ${role}`;
}
