import { randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject, Kernel, ResourceHandler, ResourceRequest } from '../../kernel/contracts';
import { checkPropertyNames } from '../cfn-values';
import type { ResourceRegistry } from './registry';

/** A recorded type: its properties in a template, and the values of `Ref` and `Fn::GetAtt`. */
export interface PassiveType {
  /** All property names of the type; `!` marks required ones. */
  readonly properties: readonly string[];
  /** Properties whose change replaces the resource. */
  readonly fixed?: readonly string[];
  physicalId(request: ResourceRequest, account: Account): string;
  attributes?(request: ResourceRequest, physicalId: string, account: Account): Readonly<Record<string, string>>;
  /** Throws AwsError for values that AWS refuses. */
  check?(request: ResourceRequest): void;
}

export type Account = Pick<Kernel, 'accountId' | 'region' | 'partition'>;

/** The handler of a type that is only recorded. */
export function passiveResource(type: PassiveType, account: Account, registry: ResourceRegistry): ResourceHandler {
  const record = (request: ResourceRequest, physicalId: string) => {
    // Some attributes are ids too (an EIP's AllocationId), so an update does not change them.
    const known = registry.find(request.type, physicalId)?.attributes;
    const attributes = known ?? type.attributes?.(request, physicalId, account) ?? {};
    const { properties, tags } = request;
    registry.put({ type: request.type, physicalId, properties, attributes, tags });
    return { physicalId, attributes };
  };
  const check = (request: ResourceRequest) => {
    checkPropertyNames(request, type.properties);
    type.check?.(request);
  };
  return {
    async create(request) {
      check(request);
      return record(request, type.physicalId(request, account));
    },
    async update(request) {
      const { physicalId, previousProperties } = request;
      const replaced = (type.fixed ?? []).some((name) => !same(name, request.properties, previousProperties));
      if (physicalId === undefined || replaced) return this.create(request);
      check(request);
      return record(request, physicalId);
    },
    async delete(request) {
      registry.delete(request.type, request.physicalId ?? '');
    },
    async restore(request) {
      record(request, request.physicalId ?? '');
    },
  };
}

/** `vpc-0a1b…`: 17 hexadecimal digits, as EC2 gives. */
export function ec2Id(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

export function uuid(): string {
  return randomUUID();
}

function same(name: string, next: JsonObject, previous: JsonObject | undefined): boolean {
  return JSON.stringify(next[name]) === JSON.stringify(previous?.[name]);
}
