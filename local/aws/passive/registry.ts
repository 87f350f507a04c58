import type { JsonObject } from '../../kernel/contracts';

/** A resource that is only recorded: nothing runs for it. */
export interface RecordedResource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: JsonObject;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** All recorded resources, for the services that describe them (EC2). */
export class ResourceRegistry {
  private readonly resources = new Map<string, RecordedResource>();

  put(resource: RecordedResource): void {
    this.resources.set(`${resource.type} ${resource.physicalId}`, resource);
  }

  delete(type: string, physicalId: string): void {
    this.resources.delete(`${type} ${physicalId}`);
  }

  find(type: string, physicalId: string): RecordedResource | undefined {
    return this.resources.get(`${type} ${physicalId}`);
  }

  list(type: string): readonly RecordedResource[] {
    return [...this.resources.values()].filter((resource) => resource.type === type);
  }

  all(): readonly RecordedResource[] {
    return [...this.resources.values()];
  }
}
