import type { GrafanaRole, WorkspaceServer } from '../../grafana-server/contracts';
import type { JsonObject } from '../../kernel/contracts';

export interface ServiceAccountToken {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, which itself is not stored. */
  readonly digest: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  lastUsedAt?: number;
}

export interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly role: GrafanaRole;
  readonly tokens: Map<string, ServiceAccountToken>;
}

export interface VpcConfiguration {
  readonly securityGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
}

export interface PermissionEntry {
  readonly id: string;
  readonly type: 'SSO_USER' | 'SSO_GROUP';
  readonly role: GrafanaRole;
}

/** One workspace of Amazon Managed Grafana; a member that the API's answer leaves out is undefined. */
export interface Workspace {
  readonly id: string;
  readonly arn: string;
  readonly clientToken: string | undefined;
  /** The request that created it: the same clientToken with another request is a conflict. */
  readonly request: string;
  readonly created: number;
  readonly server: WorkspaceServer;
  modified: number;
  status: string;
  /** Set only with the status DEGRADED. */
  degradedReason?: string | undefined;
  version: string;
  name: string | undefined;
  description: string | undefined;
  accountAccessType: string;
  permissionType: string;
  roleArn: string | undefined;
  organizationRoleName: string | undefined;
  organizationalUnits: readonly string[] | undefined;
  stackSetName: string | undefined;
  notificationDestinations: readonly string[] | undefined;
  authenticationProviders: readonly string[];
  saml: JsonObject | undefined;
  ssoClientId: string | undefined;
  vpc: VpcConfiguration | undefined;
  networkAccess: JsonObject | undefined;
  ipAddressType: string | undefined;
  kmsKeyId: string | undefined;
  tags: Map<string, string>;
  configuration: WorkspaceConfiguration;
  serviceAccounts: Map<string, ServiceAccount>;
  permissions: PermissionEntry[];
  /** The next id. Service accounts and tokens share one sequence, as in Grafana's database. */
  nextId: number;
}

/** "Working in your Grafana workspace": the two keys that a customer can set. */
export interface WorkspaceConfiguration {
  readonly plugins: { readonly pluginAdminEnabled: boolean };
  readonly unifiedAlerting: { readonly enabled: boolean };
}

const seconds = (milliseconds: number): number => milliseconds / 1000;

/** WorkspaceDescription, dates in epoch seconds as restJson1 sends them. */
export function describe(workspace: Workspace): JsonObject {
  return compact({
    ...summarize(workspace),
    dataSources: [],
    accountAccessType: workspace.accountAccessType,
    permissionType: workspace.permissionType,
    workspaceRoleArn: workspace.roleArn,
    organizationRoleName: workspace.organizationRoleName,
    organizationalUnits: workspace.organizationalUnits ? [...workspace.organizationalUnits] : undefined,
    stackSetName: workspace.stackSetName,
    vpcConfiguration: workspace.vpc && {
      securityGroupIds: [...workspace.vpc.securityGroupIds],
      subnetIds: [...workspace.vpc.subnetIds],
    },
    networkAccessControl: workspace.networkAccess,
    ipAddressType: workspace.ipAddressType,
    kmsKeyId: workspace.kmsKeyId,
    degradedWorkspaceReason: workspace.degradedReason,
  });
}

export function summarize(workspace: Workspace): JsonObject {
  return compact({
    id: workspace.id,
    name: workspace.name,
    description: workspace.description,
    created: seconds(workspace.created),
    modified: seconds(workspace.modified),
    status: workspace.status,
    endpoint: workspace.server.url,
    grafanaVersion: workspace.version,
    notificationDestinations: workspace.notificationDestinations ? [...workspace.notificationDestinations] : undefined,
    tags: Object.fromEntries(workspace.tags),
    authentication: authenticationSummary(workspace),
  });
}

function authenticationSummary(workspace: Workspace): JsonObject {
  return compact({
    providers: [...workspace.authenticationProviders],
    samlConfigurationStatus: workspace.authenticationProviders.includes('SAML')
      ? workspace.saml
        ? 'CONFIGURED'
        : 'NOT_CONFIGURED'
      : undefined,
  });
}

export function compact(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
