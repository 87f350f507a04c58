/**
 * The login methods of a workspace. Source: API reference "DescribeWorkspaceAuthentication",
 * "UpdateWorkspaceAuthentication".
 */
import type { Grant, JsonObject } from '../../../kernel/contracts';
import { checkDirectory } from '../access';
import { type Context, findActiveWorkspace, findWorkspace, grant, type Operation } from '../context';
import { finish } from '../lifecycle';
import { withDefaults } from '../saml';
import { invalid } from '../wire';
import { compact, type Workspace } from '../workspace';

export const describeWorkspaceAuthentication: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'DescribeWorkspaceAuthentication', id)]);
  return { authentication: authenticationOf(findWorkspace(context, id)) };
};

/**
 * "Changes to the authentication method for a workspace may take a few minutes to take effect": until then the
 * workspace returns the old method and refuses another change. Its status meanwhile is not documented; here it is
 * UPDATING.
 */
export const updateWorkspaceAuthentication: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  const providers = input['authenticationProviders'] as string[];
  context.kernel.authorize(principal, grantsFor(context, id, providers));
  const workspace = findActiveWorkspace(context, id);
  if (providers.length === 0) throw invalid('authenticationProviders must name AWS_SSO, SAML or both');
  checkDirectory(context, providers);
  const saml = input['samlConfiguration'] as JsonObject | undefined;
  if (saml !== undefined && !providers.includes('SAML'))
    throw invalid('samlConfiguration needs the SAML authentication provider');
  const changed = {
    authenticationProviders: [...new Set(providers)],
    saml: providers.includes('SAML') ? (saml === undefined ? workspace.saml : withDefaults(saml)) : undefined,
    ssoClientId: providers.includes('AWS_SSO') ? (workspace.ssoClientId ?? `ins-${id.slice(2)}`) : undefined,
  };
  workspace.modified = context.now();
  workspace.status = 'UPDATING';
  finish(context, workspace, {
    operation: 'UpdateWorkspaceAuthentication',
    after: context.delays.update,
    onActive: () => {
      Object.assign(workspace, changed);
      if (changed.ssoClientId === undefined) workspace.permissions = [];
    },
  });
  return { authentication: authenticationOf(workspace) };
};

/**
 * Adding a workspace to Identity Center and removing it need the caller's permissions. aws-facts: amg-login-permissions
 */
function grantsFor(context: Context, id: string, providers: readonly string[]): Grant[] {
  const grants: Grant[] = [grant(context, 'UpdateWorkspaceAuthentication', id)];
  const any = (...actions: string[]): Grant[] => actions.map((action) => ({ action, resource: '*' }));
  const registered = context.workspaces.get(id)?.ssoClientId !== undefined;
  if (providers.includes('AWS_SSO') && !registered) {
    grants.push(...any('sso:DescribeRegisteredRegions', 'sso:GetSharedSsoConfiguration'));
    if (context.directory) grants.push(...any('sso:CreateManagedApplicationInstance', 'sso:GetApplicationInstance'));
  }
  if (!providers.includes('AWS_SSO') && registered) grants.push(...any('sso:DeleteManagedApplicationInstance'));
  return grants;
}

function authenticationOf(workspace: Workspace): JsonObject {
  return compact({
    providers: [...workspace.authenticationProviders],
    saml: workspace.authenticationProviders.includes('SAML')
      ? compact({ status: workspace.saml ? 'CONFIGURED' : 'NOT_CONFIGURED', configuration: workspace.saml })
      : undefined,
    awsSso: workspace.ssoClientId === undefined ? undefined : { ssoClientId: workspace.ssoClientId },
  });
}
