/** The control plane of Amazon Managed Grafana as the steps use it, in the terms of its API. */

export type AuthenticationProvider = 'AWS_SSO' | 'SAML';
export type GrafanaRole = 'ADMIN' | 'EDITOR' | 'VIEWER';

/**
 * The SAML log-in settings, in the terms of AMG's API. Groups in the assertion become ADMIN or EDITOR; everybody else
 * is VIEWER.
 */
export interface SamlConfiguration {
  readonly idpMetadata: { readonly url?: string; readonly xml?: string };
  /** The assertion's attribute for each property of a user. */
  readonly assertionAttributes: Readonly<
    Partial<Record<'role' | 'name' | 'login' | 'email' | 'groups' | 'org', string | undefined>>
  >;
  readonly roleValues: { readonly admin: readonly string[]; readonly editor: readonly string[] };
  /** Empty: every organization. */
  readonly allowedOrganizations: readonly string[];
  /** Minutes until a user must log in again. */
  readonly loginValidityDuration: number | undefined;
}

export interface Authentication {
  readonly providers: readonly string[];
  /** Undefined when SAML is not among the providers. */
  readonly saml: { readonly status: string; readonly configuration: SamlConfiguration | undefined } | undefined;
}

export interface VpcConfiguration {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** Host name on AWS; with a scheme where the control plane is a local one. Empty while it is being created. */
  readonly endpoint: string;
  readonly status: string;
  /** AMG's reason for the status DEGRADED; missing in every other status. */
  readonly degradedReason: string | undefined;
  readonly grafanaVersion: string;
  readonly roleArn: string | undefined;
  readonly vpc: VpcConfiguration | undefined;
  readonly authenticationProviders: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewWorkspace {
  readonly name: string;
  readonly clientToken: string;
  readonly grafanaVersion: string;
  readonly roleArn: string;
  readonly vpc: VpcConfiguration;
  readonly authenticationProviders: readonly AuthenticationProvider[];
  readonly configuration: WorkspaceConfiguration;
  readonly tags: Readonly<Record<string, string>>;
}

/** The JSON text of DescribeWorkspaceConfiguration, parsed. */
export type WorkspaceConfiguration = Readonly<Record<string, unknown>>;

export interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly isDisabled: boolean;
}

/** A token without its key. */
export interface Token {
  readonly id: string;
  readonly name: string;
}

export interface Permission {
  readonly role: GrafanaRole;
  readonly type: 'SSO_USER' | 'SSO_GROUP';
  readonly id: string;
}

/**
 * The control plane's operations. A missing resource is `undefined` where callers handle that, and done for deletes.
 */
export interface Amg {
  listWorkspaces(): Promise<readonly Pick<Workspace, 'id' | 'name' | 'status' | 'tags'>[]>;
  listVersions(): Promise<readonly string[]>;
  describe(workspaceId: string): Promise<Workspace | undefined>;
  create(workspace: NewWorkspace): Promise<string>;
  update(workspaceId: string, change: { readonly roleArn?: string; readonly vpc?: VpcConfiguration }): Promise<void>;
  delete(workspaceId: string): Promise<void>;
  configuration(workspaceId: string): Promise<WorkspaceConfiguration>;
  configure(workspaceId: string, configuration: WorkspaceConfiguration, grafanaVersion?: string): Promise<void>;
  authentication(workspaceId: string): Promise<Authentication>;
  /** Takes minutes. Without `saml` an existing SAML configuration stays. */
  authenticate(
    workspaceId: string,
    login: { readonly providers: readonly AuthenticationProvider[]; readonly saml: SamlConfiguration | undefined },
  ): Promise<void>;
  permissions(workspaceId: string): Promise<readonly Permission[]>;
  /** Takes any number of assignments; returns the messages of those that AMG refused. */
  grant(workspaceId: string, permissions: readonly Permission[]): Promise<readonly string[]>;
  serviceAccounts(workspaceId: string): Promise<readonly ServiceAccount[]>;
  createServiceAccount(workspaceId: string, name: string, role: GrafanaRole): Promise<ServiceAccount>;
  /** Its tokens go with it. */
  deleteServiceAccount(workspaceId: string, serviceAccountId: string): Promise<void>;
  tokens(workspaceId: string, serviceAccountId: string): Promise<readonly Token[]>;
  mintToken(
    workspaceId: string,
    serviceAccountId: string,
    name: string,
    secondsToLive: number,
  ): Promise<Token & { readonly key: string }>;
  deleteToken(workspaceId: string, serviceAccountId: string, tokenId: string): Promise<void>;
}

/** Statuses that AMG does not leave by itself. aws-facts: amg-statuses */
export const FAILED_STATUSES: ReadonlySet<string> = new Set([
  'DEGRADED',
  'CREATION_FAILED',
  'UPDATE_FAILED',
  'UPGRADE_FAILED',
  'VERSION_UPDATE_FAILED',
  'LICENSE_REMOVAL_FAILED',
  'DELETION_FAILED',
  'FAILED',
]);
