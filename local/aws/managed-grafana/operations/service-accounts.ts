/**
 * Service accounts and their tokens. Source: API reference "CreateWorkspaceServiceAccount", "…Token" and their List and
 * Delete.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { GrafanaRole } from '../../../grafana-server/contracts';
import {
  type Context,
  conflict,
  findActiveWorkspace,
  findWorkspace,
  grant,
  notFound,
  type Operation,
  page,
  quotaExceeded,
} from '../context';
import { versionTuple } from '../versions';
import { invalid } from '../wire';
import { compact, type ServiceAccount, type Workspace } from '../workspace';

export const createServiceAccount: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'CreateWorkspaceServiceAccount', id)]);
  const workspace = findActiveWorkspace(context, id);
  requireServiceAccounts(workspace);
  const name = String(input['name']);
  const same = [...workspace.serviceAccounts.values()].find((account) => account.name === name);
  if (same) throw conflict(`A service account named ${name} exists already`, 'ServiceAccount', same.id);
  const account: ServiceAccount = {
    id: String(workspace.nextId),
    name,
    role: input['grafanaRole'] as GrafanaRole,
    tokens: new Map(),
  };
  workspace.nextId += 1;
  workspace.serviceAccounts.set(account.id, account);
  return { id: account.id, name, grafanaRole: account.role, workspaceId: id };
};

export const listServiceAccounts: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'ListWorkspaceServiceAccounts', id)]);
  const workspace = findWorkspace(context, id);
  requireServiceAccounts(workspace);
  const { items, nextToken } = page([...workspace.serviceAccounts.values()], input, 50);
  // In the published model isDisabled is a string.
  const serviceAccounts = items.map((account) => ({
    id: account.id,
    name: account.name,
    isDisabled: 'false',
    grafanaRole: account.role,
  }));
  return compact({ serviceAccounts, workspaceId: id, nextToken });
};

export const deleteServiceAccount: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'DeleteWorkspaceServiceAccount', id)]);
  const workspace = findActiveWorkspace(context, id);
  const account = findAccount(workspace, input['serviceAccountId']);
  workspace.serviceAccounts.delete(account.id);
  return { serviceAccountId: account.id, workspaceId: id };
};

export const createToken: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'CreateWorkspaceServiceAccountToken', id)]);
  const workspace = findActiveWorkspace(context, id);
  const account = findAccount(workspace, input['serviceAccountId']);
  const name = String(input['name']);
  const same = [...account.tokens.values()].find((token) => token.name === name);
  if (same)
    throw conflict(`Service account ${account.name} has a token named ${name} already`, 'ServiceAccountToken', same.id);
  // Expired tokens count until they are deleted.
  const count = [...workspace.serviceAccounts.values()].reduce((sum, one) => sum + one.tokens.size, 0);
  if (count >= context.limits.tokens) {
    throw quotaExceeded(
      `Workspace ${id} has ${count} service account tokens, expired ones included; delete some`,
      'ServiceAccountToken',
      id,
      'ServiceAccountTokens',
    );
  }
  const key = newKey();
  const tokenId = String(workspace.nextId);
  workspace.nextId += 1;
  const at = context.now();
  account.tokens.set(tokenId, {
    id: tokenId,
    name,
    digest: digestOf(key),
    createdAt: at,
    expiresAt: at + Number(input['secondsToLive']) * 1000,
  });
  return { serviceAccountToken: { id: tokenId, name, key }, serviceAccountId: account.id, workspaceId: id };
};

export const listTokens: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'ListWorkspaceServiceAccountTokens', id)]);
  const account = findAccount(findWorkspace(context, id), input['serviceAccountId']);
  const { items, nextToken } = page([...account.tokens.values()], input, 50);
  const serviceAccountTokens = items.map((token) =>
    compact({
      id: token.id,
      name: token.name,
      createdAt: token.createdAt / 1000,
      expiresAt: token.expiresAt / 1000,
      lastUsedAt: token.lastUsedAt === undefined ? undefined : token.lastUsedAt / 1000,
    }),
  );
  return compact({ serviceAccountTokens, serviceAccountId: account.id, workspaceId: id, nextToken });
};

export const deleteToken: Operation = (context, input, principal) => {
  const id = String(input['workspaceId']);
  context.kernel.authorize(principal, [grant(context, 'DeleteWorkspaceServiceAccountToken', id)]);
  const account = findAccount(findActiveWorkspace(context, id), input['serviceAccountId']);
  const tokenId = String(input['tokenId']);
  if (!account.tokens.delete(tokenId)) throw notFound('ServiceAccountToken', tokenId);
  return { tokenId, serviceAccountId: account.id, workspaceId: id };
};

/** The service account of a key, for the workspace's HTTP server. */
export function identify(
  context: Context,
  workspace: Workspace,
  key: string,
): { account: ServiceAccount } | 'unknown' | 'expired' {
  const digest = digestOf(key);
  for (const account of workspace.serviceAccounts.values()) {
    for (const token of account.tokens.values()) {
      if (token.digest !== digest) continue;
      if (token.expiresAt <= context.now()) return 'expired';
      token.lastUsedAt = context.now();
      return { account };
    }
  }
  return 'unknown';
}

function findAccount(workspace: Workspace, id: unknown): ServiceAccount {
  requireServiceAccounts(workspace);
  const account = workspace.serviceAccounts.get(String(id));
  if (!account) throw notFound('ServiceAccount', String(id));
  return account;
}

/** User guide "Service accounts": only workspaces of version 9 and later have them. */
function requireServiceAccounts(workspace: Workspace): void {
  if (versionTuple(workspace.version)[0] < 9)
    throw invalid(`Service accounts are not supported on Grafana version ${workspace.version}`);
}

/** Grafana's own form of a service account key: `glsa_`, 32 characters, and a checksum. */
function newKey(): string {
  const secret = randomBytes(24).toString('base64url').replace(/[-_]/g, 'x').slice(0, 32);
  return `glsa_${secret}_${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
