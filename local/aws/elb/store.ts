import { AwsError } from '../../kernel/contracts';
import type { Listener } from './listener';
import type { TargetGroup } from './target-group';

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly fullName: string;
  readonly scheme: string;
  readonly createdTime: Date;
  idleTimeoutSeconds: number;
}

/** The account's load balancers, by ARN. */
export class ElbStore {
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly listeners = new Map<string, Listener>();

  /** Throws LoadBalancerNotFound. */
  loadBalancer(arn: string): LoadBalancer {
    return found(this.loadBalancers.get(arn), 'LoadBalancerNotFound', `Load balancer '${arn}' not found`);
  }

  /** Throws TargetGroupNotFound. */
  targetGroup(arn: string): TargetGroup {
    return found(this.targetGroups.get(arn), 'TargetGroupNotFound', `Target group '${arn}' not found`);
  }

  /** Throws ListenerNotFound. */
  listener(arn: string): Listener {
    return found(this.listeners.get(arn), 'ListenerNotFound', `Listener '${arn}' not found`);
  }
}

function found<Item>(item: Item | undefined, code: string, message: string): Item {
  if (item === undefined) throw new AwsError(code, message);
  return item;
}
