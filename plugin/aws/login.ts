import {
  DescribeWorkspaceAuthenticationCommand,
  type GrafanaClient,
  type PermissionEntry,
  paginateListPermissions,
} from '@aws-sdk/client-grafana';
import { type WhoCanLogIn, whoCanLogIn } from '../../report';
import type { Context } from '../context';
import type { Workspace } from './workspace';

export interface Login extends WhoCanLogIn {
  /** The SAML addresses for the identity provider, if the workspace uses SAML. */
  readonly saml?: { readonly configured: boolean; readonly entityId: string; readonly replyUrl: string };
}

/** Who can log in to a workspace and how, by AMG's current configuration. */
export async function readLogin(client: GrafanaClient, { id, url }: Workspace): Promise<Login> {
  const { authentication } = await client.send(new DescribeWorkspaceAuthenticationCommand({ workspaceId: id }));
  const { providers = [], saml } = authentication ?? {};
  const permissions: PermissionEntry[] = [];
  if (providers.includes('AWS_SSO'))
    for await (const page of paginateListPermissions({ client }, { workspaceId: id }))
      permissions.push(...(page.permissions ?? []));
  const { admin = [], editor = [] } = saml?.configuration?.roleValues ?? {};
  const who = whoCanLogIn({
    providers,
    saml: saml && { status: saml.status ?? '', admins: admin, editors: editor },
    permissions: permissions.map(({ role = '', user }) => ({ role, type: user?.type ?? '' })),
  });
  if (!providers.includes('SAML')) return who;
  // aws-facts: amg-saml-addresses
  const addresses = { entityId: `${url}/saml/metadata`, replyUrl: `${url}/saml/acs` };
  return { ...who, saml: { configured: saml?.status === 'CONFIGURED', ...addresses } };
}

/** Lines for users: who can log in, and until SAML is configured the addresses for its identity provider. */
export function loginLines(
  { anybody, text, saml }: Login,
  { endpoint }: Pick<Context, 'endpoint'>,
): readonly (readonly [string, string])[] {
  // A stage with an endpoint of its own has no users: its stand-in shows its pages to everybody who can reach it.
  if (endpoint && !anybody)
    return [['log in', 'the stand-in for Grafana asks nobody to; on AWS the parameters say who can (docs/login.md)']];
  const forProvider: readonly (readonly [string, string])[] =
    saml && !saml.configured
      ? [
          ['SAML entity', saml.entityId],
          ['SAML reply', saml.replyUrl],
        ]
      : [];
  return [['log in', text], ...forProvider];
}
