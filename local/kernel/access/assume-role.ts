import { AwsError, type Grant, type Principal, type TemporaryCredentials } from '../contracts';
import type { CredentialStore } from './credential-store';
import { covers, matchesPrincipal } from './policy';
import type { Role, RoleStore } from './role-store';

export interface AssumedRole {
  readonly credentials: TemporaryCredentials;
  readonly principal: Principal;
}

/** The caller of AssumeRole: an AWS service, or a principal by its ARN. */
export type Assumer =
  | { readonly kind: 'Service'; readonly name: string }
  | { readonly kind: 'AWS'; readonly arn: string; readonly roleArn?: string | undefined };

/** Issues credentials of a role if its trust policy allows the assumer. Throws AccessDenied, as STS does. */
export function assumeRole(
  stores: { readonly roles: RoleStore; readonly credentials: CredentialStore; readonly accountId: string },
  session: {
    readonly roleArn: string;
    readonly name: string;
    readonly assumer: Assumer;
    readonly expiration: Date;
    /** Condition keys of the call (`aws:SourceArn`). */
    readonly context?: Readonly<Record<string, string>>;
  },
): AssumedRole {
  const role = stores.roles.findByArn(session.roleArn);
  const context = { 'aws:SourceAccount': stores.accountId, ...session.context };
  if (role === undefined || !trusts(role, session.assumer, stores.accountId, context)) {
    const who = session.assumer.kind === 'Service' ? session.assumer.name : session.assumer.arn;
    throw new AwsError(
      'AccessDenied',
      `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${session.roleArn}`,
      403,
    );
  }
  const principal: Principal = {
    kind: 'role',
    arn: `${role.arn.replace(':iam:', ':sts:').replace(/:role\/.*$/, '')}:assumed-role/${role.name}/${session.name}`,
    roleArn: role.arn,
  };
  return { principal, credentials: stores.credentials.issue(principal, session.expiration) };
}

function trusts(role: Role, assumer: Assumer, accountId: string, context: Readonly<Record<string, string>>): boolean {
  const grant: Grant = { action: 'sts:AssumeRole', resource: role.arn, context };
  const values =
    assumer.kind === 'Service'
      ? [assumer.name]
      : [accountId, role.arn.replace(/:role\/.*$/, ':root'), assumer.arn, assumer.roleArn ?? assumer.arn];
  const matching = role.trust.statements.filter(
    (statement) => matchesPrincipal(statement, assumer.kind, values) && covers(statement, grant),
  );
  return matching.length > 0 && matching.every((statement) => statement.effect === 'Allow');
}
