import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AwsError, type JsonObject, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { isJsonObject, listProperty } from '../cfn-values';
import type { Stack, StackResource } from './stack';
import type { ResourceTemplate } from './template';
import { invalid } from './validation-error';

/** A resource as the new template declares it, with resolved functions. */
export interface WantedResource {
  readonly template: ResourceTemplate;
  readonly properties: JsonObject;
  readonly dependencies: ReadonlySet<string>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ChangeContext {
  readonly stack: Stack;
  readonly now: () => Date;
  handler(type: string): ResourceHandler;
}

/** A change that was made: `undo` runs on a rollback, `cleanup` after success. */
export interface Change {
  readonly undo: () => Promise<void>;
  readonly cleanup?: () => Promise<void>;
}

/** Creates a resource. */
export async function createResource(context: ChangeContext, wanted: WantedResource): Promise<Change> {
  const { stack } = context;
  const { logicalId, type } = wanted.template;
  stack.record(logicalId, '', type, 'CREATE_IN_PROGRESS');
  const created = await attempt(context, wanted, 'CREATE', () => context.handler(type).create(request(stack, wanted)));
  const resource = stored(context, wanted, created, 'CREATE_COMPLETE');
  stack.resources.set(logicalId, resource);
  stack.record(logicalId, resource.physicalId, type, 'CREATE_COMPLETE');
  return { undo: () => deleteResource(context, resource, 'create') };
}

/** Updates an existing resource in place or by replacement; undefined when nothing changed. */
export async function updateResource(
  context: ChangeContext,
  wanted: WantedResource,
  existing: StackResource,
): Promise<Change | undefined> {
  const { stack } = context;
  const { logicalId, type } = wanted.template;
  const handler = context.handler(type);
  const sameProperties = isDeepStrictEqual(existing.properties, wanted.properties);
  if (sameProperties && (handler.update === undefined || isDeepStrictEqual(existing.tags, wanted.tags))) {
    const { template, dependencies } = wanted;
    stack.resources.set(logicalId, { ...existing, template, dependencies });
    return undefined;
  }
  const previous: WantedResource = { ...existing };
  stack.record(logicalId, existing.physicalId, type, 'UPDATE_IN_PROGRESS');
  const result = await attempt(context, wanted, 'UPDATE', () =>
    handler.update === undefined
      ? handler.create(request(stack, wanted))
      : handler.update(request(stack, wanted, existing.physicalId, existing.properties)),
  ).catch(async (error: unknown) => {
    // Undo a partial update; a failure to do so does not hide the first error.
    await handler.update?.(request(stack, previous, existing.physicalId, wanted.properties)).catch(() => undefined);
    throw error;
  });
  const resource = stored(context, wanted, result, 'UPDATE_COMPLETE');
  const replaced = resource.physicalId !== existing.physicalId;
  stack.resources.set(logicalId, resource);
  if (replaced) {
    const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
    stack.record(logicalId, existing.physicalId, type, 'UPDATE_IN_PROGRESS', reason);
  }
  stack.record(logicalId, resource.physicalId, type, 'UPDATE_COMPLETE');
  return {
    undo: async () => {
      stack.resources.set(logicalId, existing);
      if (replaced) {
        await removePhysical(context, resource);
        return;
      }
      stack.record(logicalId, existing.physicalId, type, 'UPDATE_IN_PROGRESS');
      await handler.update?.(request(stack, previous, existing.physicalId, wanted.properties));
      stack.record(logicalId, existing.physicalId, type, 'UPDATE_COMPLETE');
    },
    ...(replaced && {
      cleanup: async () => {
        if (existing.template.updateReplacePolicy === 'Retain') {
          stack.record(logicalId, existing.physicalId, type, 'DELETE_SKIPPED');
        } else await removePhysical(context, existing);
      },
    }),
  };
}

/**
 * Deletes a resource of the stack, unless its DeletionPolicy keeps it. RetainExceptOnCreate does not keep it while the
 * creation of the stack is rolled back (`during` is `create`).
 */
export async function deleteResource(
  context: ChangeContext,
  resource: StackResource,
  during: 'create' | 'delete',
): Promise<void> {
  const { logicalId, type, deletionPolicy } = resource.template;
  const kept = deletionPolicy === 'Retain' || (deletionPolicy === 'RetainExceptOnCreate' && during === 'delete');
  if (kept) context.stack.record(logicalId, resource.physicalId, type, 'DELETE_SKIPPED');
  else await removePhysical(context, resource);
  context.stack.resources.delete(logicalId);
}

/** Brings back the state that the template declares. */
export async function restoreResource(context: ChangeContext, resource: StackResource): Promise<void> {
  const { stack } = context;
  const { logicalId, type } = resource.template;
  const handler = context.handler(type);
  if (handler.restore === undefined) return;
  stack.record(logicalId, resource.physicalId, type, 'UPDATE_IN_PROGRESS');
  try {
    await handler.restore(request(stack, { ...resource }, resource.physicalId));
  } catch (error) {
    stack.record(logicalId, resource.physicalId, type, 'UPDATE_FAILED', describeFailure(error));
    throw error;
  }
  stack.record(logicalId, resource.physicalId, type, 'UPDATE_COMPLETE');
}

async function removePhysical(context: ChangeContext, resource: StackResource): Promise<void> {
  const { stack } = context;
  const { logicalId, type } = resource.template;
  stack.record(logicalId, resource.physicalId, type, 'DELETE_IN_PROGRESS');
  try {
    await context.handler(type).delete(request(stack, { ...resource }, resource.physicalId));
  } catch (error) {
    const reason = describeFailure(error);
    stack.record(logicalId, resource.physicalId, type, 'DELETE_FAILED', reason);
    throw error;
  }
  stack.record(logicalId, resource.physicalId, type, 'DELETE_COMPLETE');
}

async function attempt<Result>(
  context: ChangeContext,
  wanted: WantedResource,
  verb: 'CREATE' | 'UPDATE',
  run: () => Promise<Result>,
): Promise<Result> {
  const { logicalId, type } = wanted.template;
  try {
    return await run();
  } catch (error) {
    const physicalId = context.stack.resources.get(logicalId)?.physicalId ?? '';
    context.stack.record(logicalId, physicalId, type, `${verb}_FAILED`, describeFailure(error));
    throw error;
  }
}

/** A failure in the format of CloudFormation's event reasons. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof AwsError && error.code === 'ValidationError') return message;
  const code = error instanceof AwsError ? error.code : 'InternalFailure';
  return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
}

function request(
  stack: Stack,
  wanted: WantedResource,
  physicalId?: string,
  previousProperties?: JsonObject,
): ResourceRequest {
  return {
    stackName: stack.name,
    stackId: stack.id,
    logicalId: wanted.template.logicalId,
    type: wanted.template.type,
    properties: wanted.properties,
    tags: wanted.tags,
    ...(physicalId !== undefined && { physicalId }),
    ...(previousProperties !== undefined && { previousProperties }),
  };
}

function stored(
  context: ChangeContext,
  wanted: WantedResource,
  result: { readonly physicalId: string; readonly attributes?: Readonly<Record<string, string>> },
  status: string,
): StackResource {
  if (result.physicalId === '') throw invalid(`${wanted.template.type} returned no physical id.`);
  return { ...wanted, ...result, attributes: result.attributes ?? {}, status, updatedAt: context.now() };
}

/** A resource's tags: the stack's and CloudFormation's, overridden by its `Tags` property. */
export function resourceTags(
  stack: Pick<Stack, 'name' | 'id'>,
  stackTags: Readonly<Record<string, string>>,
  logicalId: string,
  properties: JsonObject,
): Readonly<Record<string, string>> {
  const own = properties['Tags'];
  const pairs = isJsonObject(own)
    ? Object.entries(own)
    : (Array.isArray(own) ? listProperty(properties, 'Tags') : [])
        .filter(isJsonObject)
        .map((tag): [string, JsonObject[string]] => [String(tag['Key']), tag['Value']]);
  return {
    ...stackTags,
    'aws:cloudformation:stack-name': stack.name,
    'aws:cloudformation:stack-id': stack.id,
    'aws:cloudformation:logical-id': logicalId,
    ...Object.fromEntries(pairs.map(([key, value]) => [key, String(value)])),
  };
}
