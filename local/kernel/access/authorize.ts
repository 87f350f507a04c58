import { AwsError, type Grant, type Principal } from '../contracts';
import { evaluate } from './policy';
import type { RoleStore } from './role-store';

/**
 * Throws AccessDenied with AWS's message for the first grant that the principal's identity policies do not allow.
 * Only roles are checked: the deployer and the services may do everything.
 */
export function authorizeGrants(roles: RoleStore, principal: Principal, grants: readonly Grant[]): void {
  if (principal.kind !== 'role') return;
  const role = roles.findByArn(principal.roleArn ?? '');
  const policies = role === undefined ? [] : roles.policiesOf(role);
  for (const grant of grants) {
    const decision = evaluate(policies, grant);
    if (decision !== 'allowed') throw accessDenied(principal, grant, decision === 'denied');
  }
}

export function accessDenied(principal: Principal, grant: Grant, explicitly: boolean): AwsError {
  const reason = explicitly
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${grant.action} action`;
  return new AwsError(
    'AccessDenied',
    `User: ${principal.arn} is not authorized to perform: ${grant.action} on resource: ${grant.resource} ${reason}`,
    403,
  );
}
