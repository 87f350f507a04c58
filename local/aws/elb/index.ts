import type { JsonObject, Kernel, Operations, ServiceModule } from '../../kernel/contracts';
import { awsQuery } from '../../kernel/protocols/aws-query';
import { elbResources } from './resources';
import { ElbStore } from './store';
import type { Target, TargetGroup } from './target-group';

export type { Target, TargetAddress, TargetGroup } from './target-group';

export interface ElbService extends ServiceModule {
  /** The target group in which ECS registers its tasks. Throws TargetGroupNotFound. */
  targetGroup(arn: string): TargetGroup;
  /** Whether a listener forwards to the target group; otherwise a service cannot use it. */
  isAttached(targetGroupArn: string): boolean;
  /** `http://127.0.0.1:<port>` of every listener, for the table of what runs. */
  urls(): readonly { readonly loadBalancer: string; readonly url: string }[];
}

/** Elastic Load Balancing v2: application load balancers as HTTP proxies on the loopback interface. */
export function createElb(kernel: Kernel): ElbService {
  const store = new ElbStore();
  const operations = elbOperations(store);
  return {
    signingNames: ['elasticloadbalancing'],
    operations,
    handle: awsQuery({ kernel, namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/', operations }),
    resources: elbResources(kernel, store),
    targetGroup: (arn) => store.targetGroup(arn),
    isAttached: (arn) =>
      [...store.listeners.values()].some(({ defaultAction, rules }) =>
        [defaultAction, ...rules.map(({ action }) => action)].some(
          (action) => action.type === 'forward' && action.targetGroup.arn === arn,
        ),
      ),
    urls: () =>
      [...store.listeners.values()].map(({ loadBalancerArn, port }) => ({
        loadBalancer: store.loadBalancer(loadBalancerArn).name,
        url: `http://127.0.0.1:${port}`,
      })),
    close: async () => {
      await Promise.all([...store.listeners.values()].map((listener) => listener.close()));
    },
  };
}

function elbOperations(store: ElbStore): Operations {
  const everything = (action: string) => () => [{ action: `elasticloadbalancing:${action}`, resource: '*' }];
  return {
    DescribeTargetHealth: {
      grants: everything('DescribeTargetHealth'),
      handle: (input) => ({
        TargetHealthDescriptions: store.targetGroup(String(input['TargetGroupArn'])).targets.map(describeTarget),
      }),
    },
    DescribeLoadBalancers: {
      grants: everything('DescribeLoadBalancers'),
      handle: (input) => ({
        LoadBalancers: wanted(input, 'LoadBalancerArns', store.loadBalancers, (arn) => store.loadBalancer(arn)).map(
          (loadBalancer) => ({
            LoadBalancerArn: loadBalancer.arn,
            LoadBalancerName: loadBalancer.name,
            DNSName: '127.0.0.1',
            Scheme: loadBalancer.scheme,
            CreatedTime: loadBalancer.createdTime,
            State: { Code: 'active' },
            Type: 'application',
          }),
        ),
      }),
    },
    DescribeTargetGroups: {
      grants: everything('DescribeTargetGroups'),
      handle: (input) => ({
        TargetGroups: wanted(input, 'TargetGroupArns', store.targetGroups, (arn) => store.targetGroup(arn)).map(
          (group) => ({
            TargetGroupArn: group.arn,
            TargetGroupName: group.name,
            Protocol: 'HTTP',
            Port: group.port,
            HealthCheckPath: group.healthCheck.path,
            HealthCheckPort: group.healthCheck.port,
            TargetType: 'ip',
          }),
        ),
      }),
    },
  };
}

function wanted<Item>(input: JsonObject, member: string, all: ReadonlyMap<string, Item>, find: (arn: string) => Item) {
  const arns = input[member];
  return Array.isArray(arns) ? arns.map((arn) => find(String(arn))) : [...all.values()];
}

function describeTarget({ address, description, reason, state }: Target) {
  return {
    Target: { Id: address.id, Port: address.port },
    HealthCheckPort: String(address.port),
    TargetHealth: {
      State: state,
      ...(reason === '' ? {} : { Reason: reason, Description: description }),
    },
  };
}
