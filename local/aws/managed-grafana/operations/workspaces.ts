/** Describe, list, update and delete workspaces, and ListVersions. Source: API reference, the operations' own pages. */
import type { Grant, JsonObject } from '../../../kernel/contracts';
import { type Context, conflict, findActiveWorkspace, findWorkspace, grant, type Operation, page } from '../context';
import { finish } from '../lifecycle';
import { compareVersions, type VersionTuple, versionTuple } from '../versions';
import { checkVpc } from '../vpc';
import { invalid } from '../wire';
import { compact, describe, summarize, type VpcConfiguration, type Workspace } from '../workspace';

export const describeWorkspace: Operation = (context, input, principal) => {
  context.kernel.authorize(principal, [grant(context, 'DescribeWorkspace', String(input['workspaceId']))]);
  return { workspace: describe(findWorkspace(context, input['workspaceId'])) };
};

export const listWorkspaces: Operation = (context, input, principal) => {
  context.kernel.authorize(principal, [grant(context, 'ListWorkspaces')]);
  const { items, nextToken } = page([...context.workspaces.values()], input, 20);
  return compact({ workspaces: items.map(summarize), nextToken });
};

export const listVersions: Operation = (context, input, principal) => {
  // The action has no resource type, so policies have to allow it on `*`.
  context.kernel.authorize(principal, [{ action: 'grafana:ListVersions', resource: '*' }]);
  const workspaceId = input['workspaceId'];
  const versions =
    workspaceId === undefined ? context.versions : upgradesOf(context, findWorkspace(context, workspaceId));
  const { items, nextToken } = page(versions, input, 100);
  return compact({ grafanaVersions: [...items], nextToken });
};

/** The versions that a workspace can be upgraded to. There is no downgrade. */
export function upgradesOf(context: Context, workspace: Workspace): readonly string[] {
  const current: VersionTuple = versionTuple(workspace.version);
  return context.versions.filter((version) => compareVersions(versionTuple(version), current) > 0);
}

export const updateWorkspace: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, updateGrants(context, input, id));
  const workspace = findActiveWorkspace(context, id);
  checkUpdate(context, input);
  apply(workspace, input);
  workspace.modified = context.now();
  workspace.status = 'UPDATING';
  if (input['vpcConfiguration'] !== undefined || input['removeVpcConfiguration'] === true) {
    context.interfaces.remove(workspace.id);
    context.interfaces.attach(workspace);
  }
  finish(context, workspace, {
    operation: 'UpdateWorkspace',
    after: context.delays.update,
    onActive: () => undefined,
  });
  return { workspace: describe(workspace) };
};

function updateGrants(context: Context, input: JsonObject, id: string): Grant[] {
  const grants: Grant[] = [grant(context, 'UpdateWorkspace', id)];
  if (typeof input['workspaceRoleArn'] === 'string') {
    grants.push({
      action: 'iam:PassRole',
      resource: input['workspaceRoleArn'],
      context: { 'iam:PassedToService': 'grafana.amazonaws.com' },
    });
  }
  if (input['vpcConfiguration'] !== undefined) {
    grants.push(
      ...['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'].map((action) => ({
        action,
        resource: '*',
      })),
    );
  }
  if (input['networkAccessControl'] !== undefined)
    grants.push({ action: 'ec2:GetManagedPrefixListEntries', resource: '*' });
  return grants;
}

function checkUpdate(context: Context, input: JsonObject): void {
  if (input['workspaceDataSources'] !== undefined) throw invalid('workspaceDataSources is for internal use only');
  if (input['permissionType'] === 'SERVICE_MANAGED')
    throw invalid('A workspace cannot be converted to SERVICE_MANAGED with the API');
  if (input['vpcConfiguration'] !== undefined) {
    if (input['removeVpcConfiguration'] === true)
      throw invalid('vpcConfiguration and removeVpcConfiguration cannot be used together');
    checkVpc(context, input['vpcConfiguration'] as unknown as VpcConfiguration);
  }
  if (input['networkAccessControl'] !== undefined && input['removeNetworkAccessConfiguration'] === true) {
    throw invalid('networkAccessControl and removeNetworkAccessConfiguration cannot be used together');
  }
}

function apply(workspace: Workspace, input: JsonObject): void {
  workspace.name = (input['workspaceName'] as string | undefined) ?? workspace.name;
  workspace.description = (input['workspaceDescription'] as string | undefined) ?? workspace.description;
  workspace.accountAccessType = (input['accountAccessType'] as string | undefined) ?? workspace.accountAccessType;
  workspace.permissionType = (input['permissionType'] as string | undefined) ?? workspace.permissionType;
  workspace.roleArn = (input['workspaceRoleArn'] as string | undefined) ?? workspace.roleArn;
  workspace.organizationRoleName =
    (input['organizationRoleName'] as string | undefined) ?? workspace.organizationRoleName;
  workspace.organizationalUnits =
    (input['workspaceOrganizationalUnits'] as string[] | undefined) ?? workspace.organizationalUnits;
  workspace.stackSetName = (input['stackSetName'] as string | undefined) ?? workspace.stackSetName;
  workspace.notificationDestinations =
    (input['workspaceNotificationDestinations'] as string[] | undefined) ?? workspace.notificationDestinations;
  workspace.ipAddressType = (input['ipAddressType'] as string | undefined) ?? workspace.ipAddressType;
  workspace.vpc =
    input['removeVpcConfiguration'] === true
      ? undefined
      : ((input['vpcConfiguration'] as unknown as VpcConfiguration | undefined) ?? workspace.vpc);
  workspace.networkAccess =
    input['removeNetworkAccessConfiguration'] === true
      ? undefined
      : ((input['networkAccessControl'] as JsonObject | undefined) ?? workspace.networkAccess);
}

export const deleteWorkspace: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  const grants: Grant[] = [grant(context, 'DeleteWorkspace', id)];
  const workspace = context.workspaces.get(id);
  if (workspace?.ssoClientId) grants.push({ action: 'sso:DeleteManagedApplicationInstance', resource: '*' });
  context.kernel.authorize(principal, grants);
  const found = findWorkspace(context, id);
  if (!['ACTIVE', 'DELETING'].includes(found.status) && !found.status.endsWith('FAILED')) {
    throw conflict(`Workspace ${id} is in the ${found.status} state and cannot be deleted now`, 'Workspace', id);
  }
  if (found.status !== 'DELETING') remove(context, found);
  return { workspace: describe(found) };
};

function remove(context: Context, workspace: Workspace): void {
  workspace.status = 'DELETING';
  workspace.modified = context.now();
  workspace.server.setAvailable(false);
  const planted = context.faults.takeOperation('DeleteWorkspace', ['becomes']);
  if (planted?.kind === 'becomes' && planted.status === 'stuck') return;
  context.later(context.delays.delete, () => {
    if (planted?.kind === 'becomes') {
      workspace.status = planted.status;
      return;
    }
    context.workspaces.delete(workspace.id);
    context.interfaces.detach(workspace.id);
    void workspace.server.close();
    context.later(context.delays.interfaces, () => context.interfaces.remove(workspace.id));
  });
}
