import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../kernel/contracts';
import type { ResourceTemplate, Template } from './template';

export interface StackEvent {
  readonly id: string;
  readonly time: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

/** An existing resource, with the template and properties that it was created from. */
export interface StackResource {
  readonly template: ResourceTemplate;
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
  /** The logical ids that it depends on; they are deleted after it. */
  readonly dependencies: ReadonlySet<string>;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly updatedAt: Date;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description: string | undefined;
  readonly exportName: string | undefined;
}

/** A template with its parameters and tags; the next update is compared with it. */
export interface Deployment {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A stack and its events. Only the stack engine changes it. */
export class Stack {
  readonly id: string;
  readonly resources = new Map<string, StackResource>();
  readonly events: StackEvent[] = [];
  outputs: readonly StackOutput[] = [];
  status = 'CREATE_IN_PROGRESS';
  reason: string | undefined;
  updatedAt: Date | undefined;
  deletedAt: Date | undefined;
  capabilities: readonly string[] = [];
  terminationProtection = false;
  disableRollback = false;

  constructor(
    readonly name: string,
    account: { readonly partition: string; readonly region: string; readonly accountId: string },
    readonly createdAt: Date,
    public deployment: Deployment,
    private readonly now: () => Date,
  ) {
    this.id = `arn:${account.partition}:cloudformation:${account.region}:${account.accountId}:stack/${name}/${randomUUID()}`;
  }

  get busy(): boolean {
    return this.status.endsWith('_IN_PROGRESS');
  }

  setStatus(status: string, reason?: string): void {
    this.status = status;
    this.reason = reason;
    this.record(this.name, this.id, 'AWS::CloudFormation::Stack', status, reason);
  }

  record(logicalId: string, physicalId: string, type: string, status: string, reason?: string): void {
    this.events.push({ id: randomUUID(), time: this.now(), logicalId, physicalId, type, status, reason });
  }
}
