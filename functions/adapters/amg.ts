import {
  CreateWorkspaceCommand,
  CreateWorkspaceServiceAccountCommand,
  CreateWorkspaceServiceAccountTokenCommand,
  DeleteWorkspaceCommand,
  DeleteWorkspaceServiceAccountCommand,
  DeleteWorkspaceServiceAccountTokenCommand,
  DescribeWorkspaceAuthenticationCommand,
  DescribeWorkspaceCommand,
  DescribeWorkspaceConfigurationCommand,
  GrafanaClient,
  paginateListPermissions,
  paginateListVersions,
  paginateListWorkspaceServiceAccounts,
  paginateListWorkspaceServiceAccountTokens,
  paginateListWorkspaces,
  ResourceNotFoundException,
  UpdatePermissionsCommand,
  UpdateWorkspaceAuthenticationCommand,
  UpdateWorkspaceCommand,
  UpdateWorkspaceConfigurationCommand,
  type WorkspaceDescription,
} from '@aws-sdk/client-grafana';
import type { Amg, GrafanaRole, Permission, Workspace } from '../domain/workspace';
import type { AwsMiddlewareStack } from './aws-answers';
import { awsClient } from './aws-client';
import { keepDegradedReason } from './degraded-reason';
import { fromSaml, toSaml } from './saml-configuration';

/** Largest number of users and groups in one UpdatePermissions. aws-facts: amg-permission-batches */
const PERMISSIONS_A_CALL = 20;

/**
 * Amazon Managed Grafana's control plane. The SDK retries throttling (one request a second for most actions) by itself.
 */
export function connectAmg(client = awsClient(GrafanaClient)): Amg {
  return {
    async listWorkspaces() {
      const pages = await all(paginateListWorkspaces({ client }, {}));
      return pages.flatMap((page) =>
        (page.workspaces ?? []).map((found) => ({
          id: found.id ?? '',
          name: found.name ?? '',
          status: found.status ?? '',
          tags: found.tags ?? {},
        })),
      );
    },

    async listVersions() {
      const pages = await all(paginateListVersions({ client }, {}));
      return pages.flatMap((page) => page.grafanaVersions ?? []);
    },

    async describe(workspaceId) {
      const command = new DescribeWorkspaceCommand({ workspaceId });
      const degradedReason = keepDegradedReason(command.middlewareStack as AwsMiddlewareStack);
      const answer = await unlessMissing(client.send(command));
      return answer?.workspace && toWorkspace(answer.workspace, degradedReason());
    },

    async create(workspace) {
      const answer = await client.send(
        new CreateWorkspaceCommand({
          accountAccessType: 'CURRENT_ACCOUNT',
          // The API accepts a role only with CUSTOMER_MANAGED. The console creates the roles for SERVICE_MANAGED
          // (aws-facts: customer-managed-by-api).
          permissionType: 'CUSTOMER_MANAGED',
          workspaceName: workspace.name,
          clientToken: workspace.clientToken,
          // aws-facts: version-always-given
          grafanaVersion: workspace.grafanaVersion,
          workspaceRoleArn: workspace.roleArn,
          authenticationProviders: [...workspace.authenticationProviders],
          vpcConfiguration: mutable(workspace.vpc),
          configuration: JSON.stringify(workspace.configuration),
          tags: { ...workspace.tags },
        }),
      );
      return answer.workspace?.id ?? '';
    },

    async update(workspaceId, { roleArn, vpc }) {
      await client.send(
        new UpdateWorkspaceCommand({
          workspaceId,
          ...(roleArn !== undefined && { workspaceRoleArn: roleArn }),
          ...(vpc !== undefined && { vpcConfiguration: mutable(vpc) }),
        }),
      );
    },

    async delete(workspaceId) {
      await unlessMissing(client.send(new DeleteWorkspaceCommand({ workspaceId })));
    },

    async configuration(workspaceId) {
      const answer = await client.send(new DescribeWorkspaceConfigurationCommand({ workspaceId }));
      return JSON.parse(String(answer.configuration || '{}')) as Readonly<Record<string, unknown>>;
    },

    async configure(workspaceId, configuration, grafanaVersion) {
      await client.send(
        new UpdateWorkspaceConfigurationCommand({
          workspaceId,
          configuration: JSON.stringify(configuration),
          ...(grafanaVersion !== undefined && { grafanaVersion }),
        }),
      );
    },

    async authentication(workspaceId) {
      const answer = await client.send(new DescribeWorkspaceAuthenticationCommand({ workspaceId }));
      const { providers = [], saml } = answer.authentication ?? {};
      return {
        providers,
        saml: saml && { status: saml.status ?? '', configuration: saml.configuration && fromSaml(saml.configuration) },
      };
    },

    async authenticate(workspaceId, { providers, saml }) {
      await client.send(
        new UpdateWorkspaceAuthenticationCommand({
          workspaceId,
          authenticationProviders: [...providers],
          ...(saml && { samlConfiguration: toSaml(saml) }),
        }),
      );
    },

    async permissions(workspaceId) {
      const pages = await all(paginateListPermissions({ client }, { workspaceId }));
      return pages.flatMap((page) =>
        (page.permissions ?? []).map((entry) => ({
          role: entry.role as GrafanaRole,
          type: entry.user?.type as Permission['type'],
          id: entry.user?.id ?? '',
        })),
      );
    },

    async grant(workspaceId, permissions) {
      const refused: string[] = [];
      for (let first = 0; first < permissions.length; first += PERMISSIONS_A_CALL) {
        const batch = permissions.slice(first, first + PERMISSIONS_A_CALL);
        const roles = [...new Set(batch.map(({ role }) => role))];
        const answer = await client.send(
          new UpdatePermissionsCommand({
            workspaceId,
            updateInstructionBatch: roles.map((role) => ({
              action: 'ADD',
              role,
              users: batch.filter((entry) => entry.role === role).map(({ id, type }) => ({ id, type })),
            })),
          }),
        );
        // HTTP 200 does not mean that AMG stored all: refusals are in `errors`.
        for (const { causedBy, message, code } of answer.errors ?? [])
          refused.push(`${causedBy?.users?.map(({ id }) => id).join(', ') ?? 'unknown'}: ${message ?? code}`);
      }
      return refused;
    },

    async serviceAccounts(workspaceId) {
      const pages = await all(paginateListWorkspaceServiceAccounts({ client }, { workspaceId }));
      return pages.flatMap((page) =>
        (page.serviceAccounts ?? []).map((account) => ({
          id: account.id ?? '',
          name: account.name ?? '',
          role: account.grafanaRole ?? '',
          // The API returns a text.
          isDisabled: account.isDisabled === 'true',
        })),
      );
    },

    async createServiceAccount(workspaceId, name, role) {
      const answer = await client.send(
        new CreateWorkspaceServiceAccountCommand({ workspaceId, name, grafanaRole: role }),
      );
      return { id: answer.id ?? '', name: answer.name ?? name, role: answer.grafanaRole ?? role, isDisabled: false };
    },

    async deleteServiceAccount(workspaceId, serviceAccountId) {
      await unlessMissing(client.send(new DeleteWorkspaceServiceAccountCommand({ workspaceId, serviceAccountId })));
    },

    async tokens(workspaceId, serviceAccountId) {
      const pages = await all(paginateListWorkspaceServiceAccountTokens({ client }, { workspaceId, serviceAccountId }));
      return pages.flatMap((page) =>
        (page.serviceAccountTokens ?? []).map((token) => ({ id: token.id ?? '', name: token.name ?? '' })),
      );
    },

    async mintToken(workspaceId, serviceAccountId, name, secondsToLive) {
      const { serviceAccountToken } = await client.send(
        new CreateWorkspaceServiceAccountTokenCommand({ workspaceId, serviceAccountId, name, secondsToLive }),
      );
      return { id: serviceAccountToken?.id ?? '', name, key: serviceAccountToken?.key ?? '' };
    },

    async deleteToken(workspaceId, serviceAccountId, tokenId) {
      await unlessMissing(
        client.send(new DeleteWorkspaceServiceAccountTokenCommand({ workspaceId, serviceAccountId, tokenId })),
      );
    },
  };
}

function toWorkspace(found: WorkspaceDescription, degradedReason: string | undefined): Workspace {
  return {
    id: found.id ?? '',
    name: found.name ?? '',
    endpoint: found.endpoint ?? '',
    status: found.status ?? '',
    degradedReason,
    grafanaVersion: found.grafanaVersion ?? '',
    roleArn: found.workspaceRoleArn,
    vpc: found.vpcConfiguration && {
      subnetIds: found.vpcConfiguration.subnetIds ?? [],
      securityGroupIds: found.vpcConfiguration.securityGroupIds ?? [],
    },
    authenticationProviders: found.authentication?.providers ?? [],
    tags: found.tags ?? {},
  };
}

function mutable(vpc: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] }) {
  return { subnetIds: [...vpc.subnetIds], securityGroupIds: [...vpc.securityGroupIds] };
}

async function all<Page>(pages: AsyncIterable<Page>): Promise<readonly Page[]> {
  const collected: Page[] = [];
  for await (const page of pages) collected.push(page);
  return collected;
}

async function unlessMissing<Answer>(request: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
