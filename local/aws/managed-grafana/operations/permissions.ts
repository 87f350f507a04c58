/**
 * The users and groups that may log in, and their roles. Errors are members of a 200 response. Source: API reference
 * "UpdatePermissions", "ListPermissions".
 */

import type { GrafanaRole } from '../../../grafana-server/contracts';
import type { Grant, JsonObject } from '../../../kernel/contracts';
import { type Context, findActiveWorkspace, findWorkspace, grant, type Operation, page } from '../context';
import { compact, type PermissionEntry, type Workspace } from '../workspace';

interface Instruction {
  readonly action: 'ADD' | 'REVOKE';
  readonly role: GrafanaRole;
  readonly users: readonly { readonly id: string; readonly type: PermissionEntry['type'] }[];
}

export const updatePermissions: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, permissionGrants(context, id));
  const workspace = findActiveWorkspace(context, id);
  // terraform-provider-aws issue 24166: an assignment had no effect although the answer had no error.
  const ignored = context.faults.takeOperation('UpdatePermissions', ['ignored']) !== undefined;
  const instructions = input['updateInstructionBatch'] as unknown as readonly Instruction[];
  const errors = instructions.flatMap((instruction) => applyInstruction(context, workspace, instruction, ignored));
  return { errors };
};

function applyInstruction(
  context: Context,
  workspace: Workspace,
  instruction: Instruction,
  ignored: boolean,
): JsonObject[] {
  const error = (message: string, user: Instruction['users'][number]): JsonObject => ({
    code: 400,
    message,
    causedBy: { action: instruction.action, role: instruction.role, users: [{ ...user }] },
  });
  return instruction.users.flatMap((user) => {
    if (!workspace.ssoClientId) return [error('The workspace does not use AWS_SSO for authentication', user)];
    if (!/^([0-9a-fA-F]{10}-|)[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}$/.test(user.id))
      return [error(`Invalid ID ${user.id}`, user)];
    if (!context.directory?.find(user.id, user.type))
      return [
        error(`${user.type === 'SSO_USER' ? 'User' : 'Group'} ${user.id} does not exist in the identity store`, user),
      ];
    if (ignored) return [];
    const others = workspace.permissions.filter(
      (entry) =>
        !(
          entry.id === user.id &&
          entry.type === user.type &&
          (instruction.action === 'ADD' || entry.role === instruction.role)
        ),
    );
    workspace.permissions =
      instruction.action === 'ADD' ? [...others, { id: user.id, type: user.type, role: instruction.role }] : others;
    return [];
  });
}

export const listPermissions: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'ListPermissions', id)]);
  const workspace = findWorkspace(context, id);
  const { userType, userId, groupId } = input;
  const entries = workspace.permissions.filter(
    (entry) =>
      (userType === undefined || entry.type === userType) &&
      (userId === undefined || (entry.type === 'SSO_USER' && entry.id === userId)) &&
      (groupId === undefined || (entry.type === 'SSO_GROUP' && entry.id === groupId)),
  );
  const { items, nextToken } = page(entries, input, 50);
  return compact({
    permissions: items.map((entry) => ({ user: { id: entry.id, type: entry.type }, role: entry.role })),
    nextToken,
  });
};

/**
 * The Identity Center calls that need the caller's permissions: managed policy
 * AWSGrafanaWorkspacePermissionManagementV2.
 */
const identityCenterActions = [
  'sso:DescribeRegisteredRegions',
  'sso:GetSharedSsoConfiguration',
  'sso:ListDirectoryAssociations',
  'sso:GetManagedApplicationInstance',
  'sso:ListProfiles',
  'sso:GetProfile',
  'sso:ListProfileAssociations',
  'sso-directory:DescribeUser',
  'sso-directory:DescribeGroup',
];

/** Besides these, people are assigned to the workspace's application (user guide, "Manage user and group access"). */
function permissionGrants(context: Context, id: string): Grant[] {
  const { partition, accountId } = context.kernel;
  const grants: Grant[] = [grant(context, 'UpdatePermissions', id)];
  if (!context.workspaces.get(id)?.ssoClientId) return grants;
  const application = `arn:${partition}:sso::${accountId}:application/ssoins-0000000000000001/apl-${id.slice(2)}`;
  return [
    ...grants,
    ...identityCenterActions.map((action) => ({ action, resource: '*' })),
    ...['sso:CreateApplicationAssignment', 'sso:DeleteApplicationAssignment'].map((action) => ({
      action,
      resource: application,
    })),
  ];
}
