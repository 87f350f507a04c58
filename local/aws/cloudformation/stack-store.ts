import { AwsError } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { type Deployment, Stack } from './stack';
import { StackEngine } from './stack-engine';
import { invalid } from './validation-error';

/** The account's stacks. Deleted stacks are kept and can be found by id only. */
export class StackStore {
  readonly engine: StackEngine;
  private stacks: Stack[] = [];

  constructor(private readonly kernel: LocalKernel) {
    this.engine = new StackEngine(kernel, (name) => this.exports().find((item) => item.name === name)?.value);
  }

  create(name: string, deployment: Deployment): Stack {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) {
      throw invalid(`1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint`);
    }
    if (this.findActive(name) !== undefined) {
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
    }
    const stack = new Stack(name, this.kernel, this.kernel.now(), deployment, this.kernel.now);
    this.stacks.push(stack);
    return stack;
  }

  forget(stack: Stack): void {
    this.stacks = this.stacks.filter((other) => other !== stack);
  }

  all(): readonly Stack[] {
    return this.stacks;
  }

  active(): readonly Stack[] {
    return this.stacks.filter((stack) => stack.status !== 'DELETE_COMPLETE');
  }

  findActive(nameOrId: string): Stack | undefined {
    return this.active().find((stack) => stack.name === nameOrId || stack.id === nameOrId);
  }

  requireActive(nameOrId: string): Stack {
    const stack = this.findActive(nameOrId);
    if (stack !== undefined) return stack;
    throw invalid(`Stack [${nameOrId}] does not exist`);
  }

  /** A stack by name; or by id, even after its deletion. */
  require(nameOrId: string): Stack {
    const stack = this.findActive(nameOrId) ?? this.stacks.find((other) => other.id === nameOrId);
    if (stack !== undefined) return stack;
    throw invalid(`Stack with id ${nameOrId} does not exist`);
  }

  exports(): readonly { readonly stack: Stack; readonly name: string; readonly value: string }[] {
    return this.active().flatMap((stack) =>
      stack.outputs.flatMap(({ exportName, value }) =>
        exportName === undefined ? [] : [{ stack, name: exportName, value }],
      ),
    );
  }
}
