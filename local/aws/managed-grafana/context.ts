import type { FaultPlan } from '../../grafana-server/faults';
import { AwsError, type Grant, type JsonObject, type Kernel, type Principal } from '../../kernel/contracts';
import type { Directory } from '../identity';
import type { Interfaces } from './network-interfaces';
import type { Delays, NetworkLookup } from './options';
import type { Workspace } from './workspace';

/** Shared by every operation of the control plane. */
export interface Context {
  readonly kernel: Kernel;
  readonly workspaces: Map<string, Workspace>;
  readonly versions: readonly string[];
  readonly delays: Delays;
  readonly directory: Directory | undefined;
  readonly network: NetworkLookup | undefined;
  readonly interfaces: Interfaces;
  readonly faults: FaultPlan;
  readonly untoldConfiguration: readonly string[];
  readonly limits: { readonly workspaces: number; readonly tokens: number };
  readonly now: () => number;
  /** Runs `action` after this many milliseconds unless the module closes first. */
  later(milliseconds: number, action: () => void): void;
  startServer(id: string, version: string): Promise<Workspace['server']>;
}

export type Operation = (context: Context, input: JsonObject, principal: Principal) => Promise<JsonObject> | JsonObject;

export function findWorkspace(context: Context, id: unknown): Workspace {
  const workspace = context.workspaces.get(String(id));
  if (!workspace) throw notFound('Workspace', String(id));
  return workspace;
}

/** Most writes are refused with a conflict while a workspace is not ACTIVE. */
export function findActiveWorkspace(context: Context, id: unknown): Workspace {
  const workspace = findWorkspace(context, id);
  if (workspace.status !== 'ACTIVE')
    throw conflict(
      `Workspace ${workspace.id} is in the ${workspace.status} state; it must be ACTIVE for this operation`,
      'Workspace',
      workspace.id,
    );
  return workspace;
}

export function notFound(type: string, id: string): AwsError {
  return new AwsError('ResourceNotFoundException', `${type} ${id} was not found`, 404, {
    resourceId: id,
    resourceType: type,
  });
}

export function conflict(message: string, type: string, id: string): AwsError {
  return new AwsError('ConflictException', message, 409, { resourceId: id, resourceType: type });
}

export function quotaExceeded(message: string, type: string, id: string, quotaCode: string): AwsError {
  return new AwsError('ServiceQuotaExceededException', message, 402, {
    resourceId: id,
    resourceType: type,
    serviceCode: 'grafana',
    quotaCode,
  });
}

/**
 * `grafana:<action>` on one workspace, with its tags for conditions. Without a workspace the resource is the collection
 * `…:/workspaces` (AMG's managed policies name `…:/workspaces*`). An unknown workspace has no tags, so a policy with a
 * condition on a tag refuses the call before the service looks the workspace up.
 */
export function grant(context: Context, action: string, workspaceId?: string): Grant {
  const collection = workspaceArn(context, '').replace(/\/$/, '');
  if (!workspaceId) return { action: `grafana:${action}`, resource: collection };
  return {
    action: `grafana:${action}`,
    resource: workspaceArn(context, workspaceId),
    context: tagKeys('aws:ResourceTag', context.workspaces.get(workspaceId)?.tags ?? []),
  };
}

/** A call's condition keys for tags: `aws:ResourceTag/<key>` of the resource, `aws:RequestTag/<key>` of the request. */
export function tagKeys(
  kind: 'aws:ResourceTag' | 'aws:RequestTag',
  tags: Iterable<readonly [string, string]>,
): Readonly<Record<string, string>> {
  return Object.fromEntries([...tags].map(([key, value]) => [`${kind}/${key}`, value]));
}

export function workspaceArn(context: Context, id: string): string {
  const { partition, region, accountId } = context.kernel;
  return `arn:${partition}:grafana:${region}:${accountId}:/workspaces/${id}`;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/** One page of a List operation. A token that this service did not make is a ValidationException. */
export function page<T>(all: readonly T[], input: JsonObject, defaultSize: number): Page<T> {
  const size = typeof input['maxResults'] === 'number' ? input['maxResults'] : defaultSize;
  const start = readToken(input['nextToken']);
  const end = start + size;
  return {
    items: all.slice(start, end),
    nextToken: end < all.length ? Buffer.from(`page:${end}`).toString('base64url') : undefined,
  };
}

function readToken(token: unknown): number {
  if (token === undefined) return 0;
  const match = /^page:(\d+)$/.exec(Buffer.from(String(token), 'base64url').toString('utf8'));
  if (!match) throw new AwsError('ValidationException', 'Invalid nextToken', 400, { reason: 'OTHER' });
  return Number(match[1]);
}
