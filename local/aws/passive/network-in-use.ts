import { setTimeout as wait } from 'node:timers/promises';
import { AwsError, type ResourceHandler } from '../../kernel/contracts';
import type { NetworkInterface } from '../ec2/network-interface';

export interface Network {
  /** All network interfaces. */
  readonly interfaces: () => readonly NetworkInterface[];
  /** Milliseconds for which CloudFormation retries the deletion of a resource that is in use. */
  readonly patience: number;
}

interface InUse {
  uses(item: NetworkInterface, id: string): boolean;
  message(id: string): string;
}

/** Resource types that cannot be deleted while an interface uses them, with EC2's messages. */
export const inUseOf: Readonly<Record<string, InUse>> = {
  'AWS::EC2::SecurityGroup': {
    uses: ({ securityGroupIds }, id) => securityGroupIds.includes(id),
    message: (id) => `resource ${id} has a dependent object`,
  },
  'AWS::EC2::Subnet': {
    uses: ({ subnetId }, id) => subnetId === id,
    message: (id) => `The subnet '${id}' has dependencies and cannot be deleted.`,
  },
};

/**
 * Wraps the handler: its deletion waits until the interfaces are gone and fails with DependencyViolation if they stay
 * (aws-facts: interfaces-keep-networks).
 */
export function untilUnused(
  handler: ResourceHandler,
  { message, uses }: InUse,
  { interfaces, patience }: Network,
  closing: AbortSignal,
): ResourceHandler {
  return {
    ...handler,
    async delete(request) {
      const id = request.physicalId ?? '';
      const giveUp = performance.now() + patience;
      while (interfaces().some((item) => uses(item, id))) {
        if (performance.now() >= giveUp || closing.aborted) throw new AwsError('DependencyViolation', message(id));
        await wait(50);
      }
      await handler.delete(request);
    },
  };
}
