/**
 * CreateWorkspace. Sources: API reference "CreateWorkspace", user guide "Create an Amazon Managed Grafana workspace".
 */
import { randomBytes } from 'node:crypto';
import type { Grant, JsonObject } from '../../../kernel/contracts';
import { checkDirectory } from '../access';
import { parseConfiguration } from '../configuration';
import { type Context, conflict, grant, type Operation, quotaExceeded, tagKeys, workspaceArn } from '../context';
import { finish } from '../lifecycle';
import { checkVpc } from '../vpc';
import { invalid } from '../wire';
import { describe, type VpcConfiguration, type Workspace } from '../workspace';

export const createWorkspace: Operation = async (context, input, principal) => {
  const id = `g-${randomBytes(5).toString('hex')}`;
  context.kernel.authorize(principal, grantsFor(context, input, id));
  const clientToken = input['clientToken'] as string | undefined;
  const { clientToken: _token, ...rest } = input;
  const request = JSON.stringify(rest);
  const earlier =
    clientToken === undefined
      ? undefined
      : [...context.workspaces.values()].find((one) => one.clientToken === clientToken);
  if (earlier) {
    if (earlier.request !== request)
      throw conflict('The clientToken was used before with other parameters', 'Workspace', earlier.id);
    return { workspace: describe(earlier) };
  }
  const version = checkRequest(context, input);
  if (context.workspaces.size >= context.limits.workspaces) {
    throw quotaExceeded(
      `The account has ${context.limits.workspaces} workspaces in this Region already`,
      'Workspace',
      id,
      'L-B6F11E9B',
    );
  }
  const workspace = await build(context, input, id, version, clientToken, request);
  context.workspaces.set(id, workspace);
  context.interfaces.attach(workspace);
  workspace.server.ready.then(
    () =>
      finish(context, workspace, {
        operation: 'CreateWorkspace',
        after: context.delays.create,
        onActive: () => workspace.server.setAvailable(true),
      }),
    (error: unknown) => {
      process.stderr.write(`local cloud: workspace ${id}: ${String(error)}\n`);
      workspace.status = 'CREATION_FAILED';
    },
  );
  return { workspace: describe(workspace) };
};

function checkRequest(context: Context, input: JsonObject): string {
  if (input['permissionType'] !== 'CUSTOMER_MANAGED') {
    throw invalid(
      'Only the CUSTOMER_MANAGED permission type can be used with the API; SERVICE_MANAGED roles are made by the console',
    );
  }
  if (input['workspaceRoleArn'] === undefined)
    throw invalid('workspaceRoleArn is required when permissionType is CUSTOMER_MANAGED');
  if (input['workspaceDataSources'] !== undefined) throw invalid('workspaceDataSources is for internal use only');
  if (input['accountAccessType'] === 'ORGANIZATION' && input['workspaceOrganizationalUnits'] === undefined) {
    throw invalid('workspaceOrganizationalUnits is required when accountAccessType is ORGANIZATION');
  }
  const providers = input['authenticationProviders'] as string[];
  if (providers.length === 0) throw invalid('authenticationProviders must name AWS_SSO, SAML or both');
  checkDirectory(context, providers);
  const version =
    (input['grafanaVersion'] as string | undefined) ?? context.versions[context.versions.length - 1] ?? '';
  if (!context.versions.includes(version))
    throw invalid(`Grafana version ${version} is not supported. Supported versions: ${context.versions.join(', ')}`);
  if (input['vpcConfiguration'] !== undefined)
    checkVpc(context, input['vpcConfiguration'] as unknown as VpcConfiguration);
  return version;
}

async function build(
  context: Context,
  input: JsonObject,
  id: string,
  version: string,
  clientToken: string | undefined,
  request: string,
): Promise<Workspace> {
  const server = await context.startServer(id, version);
  const at = context.now();
  const providers = input['authenticationProviders'] as string[];
  return {
    id,
    arn: workspaceArn(context, id),
    clientToken,
    request,
    created: at,
    modified: at,
    server,
    version,
    status: 'CREATING',
    name: input['workspaceName'] as string | undefined,
    description: input['workspaceDescription'] as string | undefined,
    accountAccessType: String(input['accountAccessType']),
    permissionType: String(input['permissionType']),
    roleArn: input['workspaceRoleArn'] as string | undefined,
    organizationRoleName: input['organizationRoleName'] as string | undefined,
    organizationalUnits: input['workspaceOrganizationalUnits'] as string[] | undefined,
    stackSetName: input['stackSetName'] as string | undefined,
    notificationDestinations: input['workspaceNotificationDestinations'] as string[] | undefined,
    authenticationProviders: providers,
    saml: undefined,
    ssoClientId: providers.includes('AWS_SSO') ? `ins-${randomBytes(8).toString('hex')}` : undefined,
    vpc: input['vpcConfiguration'] as unknown as VpcConfiguration | undefined,
    networkAccess: input['networkAccessControl'] as JsonObject | undefined,
    ipAddressType: (input['ipAddressType'] as string | undefined) ?? 'IPv4',
    kmsKeyId: input['kmsKeyId'] as string | undefined,
    tags: new Map(Object.entries((input['tags'] ?? {}) as Record<string, string>)),
    configuration: parseConfiguration(input['configuration'] as string | undefined, version),
    serviceAccounts: new Map(),
    permissions: [],
    nextId: 1,
  };
}

/**
 * The permissions that the caller needs besides grafana:CreateWorkspace: Service Authorization Reference, "Dependent
 * actions" of CreateWorkspace, and user guide "Identity and access management".
 */
function grantsFor(context: Context, input: JsonObject, id: string): Grant[] {
  const { partition, accountId } = context.kernel;
  const any = (...actions: string[]): Grant[] => actions.map((action) => ({ action, resource: '*' }));
  const requested = tagKeys('aws:RequestTag', Object.entries((input['tags'] ?? {}) as Record<string, string>));
  const grants: Grant[] = [
    { ...grant(context, 'CreateWorkspace'), context: requested },
    {
      action: 'iam:CreateServiceLinkedRole',
      resource: `arn:${partition}:iam::${accountId}:role/aws-service-role/grafana.amazonaws.com/AWSServiceRoleForAmazonManagedGrafana`,
      context: { 'iam:AWSServiceName': 'grafana.amazonaws.com' },
    },
    ...any('organizations:DescribeOrganization'),
  ];
  if (input['tags'] !== undefined) grants.push({ ...grant(context, 'TagResource', id), context: requested });
  if (typeof input['workspaceRoleArn'] === 'string') {
    grants.push({
      action: 'iam:PassRole',
      resource: input['workspaceRoleArn'],
      context: { 'iam:PassedToService': 'grafana.amazonaws.com' },
    });
  }
  if (input['vpcConfiguration'] !== undefined)
    grants.push(...any('ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'));
  if (input['networkAccessControl'] !== undefined) grants.push(...any('ec2:GetManagedPrefixListEntries'));
  const providers = Array.isArray(input['authenticationProviders']) ? input['authenticationProviders'] : [];
  if (providers.includes('AWS_SSO')) {
    grants.push(...any('sso:DescribeRegisteredRegions', 'sso:GetSharedSsoConfiguration'));
    // The application is only created in an account with Identity Center.
    if (context.directory)
      grants.push(
        ...any('sso:CreateManagedApplicationInstance', 'sso:ListApplicationInstances', 'sso:GetApplicationInstance'),
      );
  }
  return grants;
}
