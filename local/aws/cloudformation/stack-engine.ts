import type { JsonObject, ResourceHandler } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { textProperty } from '../cfn-values';
import {
  type Change,
  type ChangeContext,
  createResource,
  deleteResource,
  resourceTags,
  restoreResource,
  updateResource,
} from './change-resource';
import { type Dependencies, findDependencies } from './dependencies';
import { resolve, type Scope } from './intrinsics';
import { reversed, runInOrder } from './run-in-order';
import { createScope, includedResources } from './scope';
import type { Deployment, Stack, StackOutput } from './stack';
import { formatError, invalid } from './validation-error';

export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

/**
 * Creates, updates and deletes stacks. Its methods resolve when the operation has ended; a failure sets the stack's
 * status.
 */
export class StackEngine {
  constructor(
    private readonly kernel: LocalKernel,
    private readonly exports: (name: string) => string | undefined,
  ) {}

  /** The checks that CloudFormation makes before an operation starts. Throws ValidationError. */
  check(deployment: Deployment, stack: Pick<Stack, 'name' | 'id' | 'resources'>): void {
    const handlers = this.kernel.resourceHandlers();
    const types = new Set([...deployment.template.resources.values()].map((resource) => resource.type));
    const unknown = [...types].filter((type) => !handlers.has(type));
    if (unknown.length > 0) {
      throw formatError(`Unrecognized resource types: [${unknown.join(', ')}] (the local cloud does not have them)`);
    }
    const scope = createScope(this.kernel, stack, deployment, this.exports);
    findDependencies(deployment.template, includedResources(deployment, scope));
    for (const [id, { template }] of stack.resources) {
      const type = deployment.template.resources.get(id)?.type;
      if (type !== undefined && type !== template.type) {
        throw invalid(
          `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${id}]`,
        );
      }
    }
  }

  async create(stack: Stack, onFailure: OnFailure): Promise<void> {
    stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    const { problem, changes } = await this.apply(stack, stack.deployment);
    if (problem === undefined) return stack.setStatus('CREATE_COMPLETE');
    if (onFailure === 'DO_NOTHING') return stack.setStatus('CREATE_FAILED', problem);
    if (onFailure === 'DELETE') {
      stack.setStatus('DELETE_IN_PROGRESS', `${problem} Delete requested by user.`);
      return this.finishDelete(stack);
    }
    stack.setStatus('ROLLBACK_IN_PROGRESS', `${problem} Rollback requested by user.`);
    const failed = await undoAll(changes);
    stack.outputs = [];
    stack.setStatus(failed ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE');
  }

  async update(stack: Stack, deployment: Deployment): Promise<void> {
    const before = new Map(stack.resources);
    stack.updatedAt = this.kernel.now();
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const { problem, changes } = await this.apply(stack, deployment);
    if (problem !== undefined) {
      stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', problem);
      const failed = await undoAll(changes);
      for (const [id, resource] of before) stack.resources.set(id, resource);
      if (!failed) stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
      return stack.setStatus(failed ? 'UPDATE_ROLLBACK_FAILED' : 'UPDATE_ROLLBACK_COMPLETE');
    }
    stack.deployment = deployment;
    stack.setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    for (const change of changes.toReversed()) await change.cleanup?.().catch(() => undefined);
    const wanted = includedResources(deployment, this.scope(stack, deployment));
    const gone = new Set([...before.keys()].filter((id) => !wanted.has(id)));
    await this.deleteResources(stack, gone);
    stack.setStatus('UPDATE_COMPLETE');
  }

  /** Brings back what somebody has deleted or changed outside CloudFormation, of the types that can be brought back. */
  async restore(stack: Stack): Promise<void> {
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const context = this.context(stack);
    const graph = new Map([...stack.resources].map(([id, { dependencies }]) => [id, dependencies] as const));
    const run = await runInOrder(graph, 'continue', async (id) => {
      const resource = stack.resources.get(id);
      if (resource !== undefined) await restoreResource(context, resource);
    });
    stack.setStatus(run.failed.size > 0 ? 'UPDATE_FAILED' : 'UPDATE_COMPLETE');
  }

  async delete(stack: Stack, retained: ReadonlySet<string>): Promise<void> {
    stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    for (const id of retained) {
      const resource = stack.resources.get(id);
      if (resource === undefined) continue;
      stack.record(id, resource.physicalId, resource.template.type, 'DELETE_SKIPPED');
      stack.resources.delete(id);
    }
    await this.finishDelete(stack);
  }

  private async finishDelete(stack: Stack): Promise<void> {
    const failed = await this.deleteResources(stack, new Set(stack.resources.keys()));
    if (failed.length > 0) {
      const reason = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
      return stack.setStatus('DELETE_FAILED', reason);
    }
    stack.outputs = [];
    stack.deletedAt = this.kernel.now();
    stack.setStatus('DELETE_COMPLETE');
  }

  /** Creates and updates resources in dependency order. `problem` is the reason of a failure, for the stack's event. */
  private async apply(
    stack: Stack,
    deployment: Deployment,
  ): Promise<{ readonly problem: string | undefined; readonly changes: readonly Change[] }> {
    const context = this.context(stack);
    const scope = this.scope(stack, deployment);
    const dependencies = findDependencies(deployment.template, includedResources(deployment, scope));
    const changes: Change[] = [];
    const creating = new Set([...dependencies.keys()].filter((id) => !stack.resources.has(id)));
    const run = await runInOrder(dependencies, 'stop', async (id) => {
      const change = await this.applyOne(context, deployment, dependencies, scope, id);
      if (change !== undefined) changes.push(change);
    });
    if (run.failed.size > 0) {
      const ids = [...run.failed.keys()];
      const verb = ids.some((id) => creating.has(id)) ? 'create' : 'update';
      return { problem: `The following resource(s) failed to ${verb}: [${ids.join(', ')}].`, changes };
    }
    try {
      stack.outputs = resolveOutputs(deployment, scope);
    } catch (error) {
      return { problem: (error as Error).message, changes };
    }
    return { problem: undefined, changes };
  }

  private async applyOne(
    context: ChangeContext,
    deployment: Deployment,
    dependencies: Dependencies,
    scope: Scope,
    id: string,
  ): Promise<Change | undefined> {
    const { stack } = context;
    const template = deployment.template.resources.get(id);
    if (template === undefined) throw invalid(`The template has no resource ${id}.`);
    const existing = stack.resources.get(id);
    let properties: JsonObject;
    try {
      properties = resolve(template.properties, scope) as JsonObject;
    } catch (error) {
      const status = existing === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED';
      stack.record(id, existing?.physicalId ?? '', template.type, status, (error as Error).message);
      throw error;
    }
    const tags = resourceTags(stack, deployment.tags, id, properties);
    const wanted = { template, properties, tags, dependencies: dependencies.get(id) ?? new Set<string>() };
    return existing === undefined ? createResource(context, wanted) : updateResource(context, wanted, existing);
  }

  /** Deletes in reverse dependency order and returns the logical ids of those that could not be deleted. */
  private async deleteResources(stack: Stack, ids: ReadonlySet<string>): Promise<readonly string[]> {
    const context = this.context(stack);
    const graph = new Map(
      [...ids].flatMap((id) => {
        const resource = stack.resources.get(id);
        return resource === undefined ? [] : [[id, resource.dependencies] as const];
      }),
    );
    const run = await runInOrder(reversed(graph), 'continue', async (id) => {
      const resource = stack.resources.get(id);
      if (resource !== undefined) await deleteResource(context, resource, 'delete');
    });
    return [...run.failed.keys()];
  }

  private scope(stack: Stack, deployment: Deployment): Scope {
    return createScope(this.kernel, stack, deployment, this.exports);
  }

  private context(stack: Stack): ChangeContext {
    const handlers = this.kernel.resourceHandlers();
    return {
      stack,
      now: this.kernel.now,
      handler: (type): ResourceHandler => {
        const handler = handlers.get(type);
        if (handler === undefined) throw invalid(`Unrecognized resource types: [${type}]`);
        return handler;
      },
    };
  }
}

/** Undoes changes in reverse order; returns whether one of them failed. */
async function undoAll(changes: readonly Change[]): Promise<boolean> {
  let failed = false;
  for (const change of changes.toReversed()) {
    await change.undo().catch(() => {
      failed = true;
    });
  }
  return failed;
}

function resolveOutputs(deployment: Deployment, scope: Scope): readonly StackOutput[] {
  return Object.entries(deployment.template.outputs).flatMap(([key, output]) => {
    const { Value: value, Condition: condition, Export: exported } = output;
    if (typeof condition === 'string' && scope.conditions[condition] !== true) return [];
    const resolved = resolve(value ?? null, scope);
    if (resolved === null || typeof resolved === 'object') {
      throw formatError(
        `Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
      );
    }
    const exportName = resolve(exported ?? null, scope) as JsonObject | null;
    return [
      {
        key,
        value: String(resolved),
        description: textProperty(output, 'Description'),
        exportName: exportName === null ? undefined : textProperty(exportName, 'Name'),
      },
    ];
  });
}
