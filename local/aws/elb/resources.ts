import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AwsError, type Kernel, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { cfnBoolean, cfnNumber, cfnTags, parseProperties, recorded } from '../cfn-values';
import { Listener, type Rule } from './listener';
import type { Action } from './proxy';
import type { ElbStore } from './store';
import { type HealthCheck, TargetGroup } from './target-group';

const attributes = z.array(z.strictObject({ Key: z.string(), Value: z.coerce.string() })).default([]);
const name = z.string().max(32, 'has 32 characters at most').optional();

const loadBalancerProperties = z.strictObject({
  IpAddressType: recorded,
  LoadBalancerAttributes: attributes,
  Name: name,
  Scheme: z.enum(['internal', 'internet-facing']).default('internet-facing'),
  SecurityGroups: recorded,
  Subnets: z.array(z.string()).min(2, 'an application load balancer needs subnets in two zones'),
  Tags: cfnTags,
  Type: z.literal('application').optional(),
});

const targetGroupProperties = z.strictObject({
  HealthCheckEnabled: cfnBoolean.optional(),
  HealthCheckIntervalSeconds: cfnNumber.pipe(z.number().int().min(5).max(300)).default(30),
  HealthCheckPath: z.string().startsWith('/').default('/'),
  HealthCheckPort: z.coerce.string().default('traffic-port'),
  HealthCheckProtocol: z.literal('HTTP').optional(),
  HealthCheckTimeoutSeconds: cfnNumber.pipe(z.number().int().min(2).max(120)).default(5),
  HealthyThresholdCount: cfnNumber.pipe(z.number().int().min(2).max(10)).default(5),
  IpAddressType: recorded,
  Matcher: z.strictObject({ HttpCode: z.coerce.string() }).default({ HttpCode: '200' }),
  Name: name,
  Port: cfnNumber.pipe(z.number().int().min(1).max(65_535)),
  Protocol: z.literal('HTTP'),
  ProtocolVersion: z.literal('HTTP1').optional(),
  Tags: cfnTags,
  TargetGroupAttributes: attributes,
  TargetType: z.literal('ip', 'Fargate tasks are targets of type ip'),
  UnhealthyThresholdCount: cfnNumber.pipe(z.number().int().min(2).max(10)).default(2),
  VpcId: z.string(),
});

const action = z.discriminatedUnion('Type', [
  z.strictObject({ Type: z.literal('forward'), TargetGroupArn: z.string(), Order: recorded }),
  z.strictObject({
    Type: z.literal('fixed-response'),
    FixedResponseConfig: z.strictObject({
      ContentType: z.string().default('text/plain'),
      MessageBody: z.string().default(''),
      StatusCode: z.coerce.number(),
    }),
    Order: recorded,
  }),
  z.strictObject({
    Type: z.literal('redirect'),
    RedirectConfig: z.strictObject({
      Host: z.string().default('#{host}'),
      Path: z.string().default('/#{path}'),
      Port: z.coerce.string().default('#{port}'),
      Protocol: z.string().default('HTTP'),
      Query: z.string().default('#{query}'),
      StatusCode: z.enum(['HTTP_301', 'HTTP_302']),
    }),
    Order: recorded,
  }),
]);

const listenerProperties = z.strictObject({
  DefaultActions: z.array(action).length(1),
  ListenerAttributes: recorded,
  LoadBalancerArn: z.string(),
  Port: cfnNumber.pipe(z.number().int().min(1).max(65_535)),
  Protocol: z.literal('HTTP', 'the local load balancer speaks HTTP only: leave certificateArn out on a laptop'),
});

const ruleProperties = z.strictObject({
  Actions: z.array(action).length(1),
  Conditions: z
    .array(
      z.strictObject({
        Field: z.literal('path-pattern', 'only path-pattern is known here'),
        PathPatternConfig: z.strictObject({ Values: z.array(z.string()).min(1) }).optional(),
        Values: z.array(z.string()).optional(),
      }),
    )
    .length(1),
  ListenerArn: z.string(),
  Priority: cfnNumber,
});

export function elbResources(kernel: Kernel, store: ElbStore): Readonly<Record<string, ResourceHandler>> {
  return {
    'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancerResource(kernel, store),
    'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroupResource(kernel, store),
    'AWS::ElasticLoadBalancingV2::Listener': listenerResource(kernel, store),
    'AWS::ElasticLoadBalancingV2::ListenerRule': ruleResource(store),
  };
}

function loadBalancerResource(kernel: Kernel, store: ElbStore): ResourceHandler {
  const idleTimeout = (request: ResourceRequest) => {
    const found = attribute(
      parseProperties(loadBalancerProperties, request).LoadBalancerAttributes,
      'idle_timeout.timeout_seconds',
    );
    return Number(found ?? 60);
  };
  return {
    create: async (request) => {
      const properties = parseProperties(loadBalancerProperties, request);
      const own = properties.Name ?? generatedName(request);
      const fullName = `app/${own}/${randomBytes(8).toString('hex')}`;
      const arn = `${arnPrefix(kernel)}:loadbalancer/${fullName}`;
      store.loadBalancers.set(arn, {
        arn,
        name: own,
        fullName,
        scheme: properties.Scheme,
        createdTime: kernel.now(),
        idleTimeoutSeconds: idleTimeout(request),
      });
      return {
        physicalId: arn,
        attributes: {
          // Reachable from this machine only: every listener is on the loopback interface.
          DNSName: '127.0.0.1',
          LoadBalancerArn: arn,
          LoadBalancerName: own,
          LoadBalancerFullName: fullName,
          CanonicalHostedZoneID: 'Z00000000000000000000',
        },
      };
    },
    update: async (request) => {
      const { physicalId = '', previousProperties, properties } = request;
      const replaced = ['Name', 'Scheme', 'Type'].some(
        (property) => JSON.stringify(properties[property]) !== JSON.stringify(previousProperties?.[property]),
      );
      if (replaced) return loadBalancerResource(kernel, store).create(request);
      const loadBalancer = store.loadBalancer(physicalId);
      loadBalancer.idleTimeoutSeconds = idleTimeout(request);
      return {
        physicalId,
        attributes: {
          DNSName: '127.0.0.1',
          LoadBalancerArn: physicalId,
          LoadBalancerName: loadBalancer.name,
          LoadBalancerFullName: loadBalancer.fullName,
          CanonicalHostedZoneID: 'Z00000000000000000000',
        },
      };
    },
    delete: async ({ physicalId = '' }) => void store.loadBalancers.delete(physicalId),
  };
}

function targetGroupResource(kernel: Kernel, store: ElbStore): ResourceHandler {
  const result = (group: TargetGroup) => ({
    physicalId: group.arn,
    attributes: {
      TargetGroupArn: group.arn,
      TargetGroupName: group.name,
      TargetGroupFullName: group.fullName,
    },
  });
  return {
    create: async (request) => {
      const properties = parseProperties(targetGroupProperties, request);
      const own = properties.Name ?? generatedName(request);
      const fullName = `targetgroup/${own}/${randomBytes(8).toString('hex')}`;
      const arn = `${arnPrefix(kernel)}:${fullName}`;
      const delay = deregistrationDelay(properties);
      const group = new TargetGroup(
        arn,
        own,
        fullName,
        properties.Port,
        healthCheck(properties),
        delay,
        kernel.closing,
      );
      store.targetGroups.set(arn, group);
      return result(group);
    },
    update: async (request) => {
      const { physicalId = '', previousProperties, properties } = request;
      const replaced = ['Name', 'Port', 'Protocol', 'TargetType', 'VpcId'].some(
        (property) => JSON.stringify(properties[property]) !== JSON.stringify(previousProperties?.[property]),
      );
      if (replaced) return targetGroupResource(kernel, store).create(request);
      const wanted = parseProperties(targetGroupProperties, request);
      const group = store.targetGroup(physicalId);
      group.healthCheck = healthCheck(wanted);
      group.deregistrationDelaySeconds = deregistrationDelay(wanted);
      return result(group);
    },
    delete: async ({ physicalId = '' }) => void store.targetGroups.delete(physicalId),
  };
}

function listenerResource(kernel: Kernel, store: ElbStore): ResourceHandler {
  return {
    create: async (request) => {
      const { DefaultActions, LoadBalancerArn, Port } = parseProperties(listenerProperties, request);
      const loadBalancer = store.loadBalancer(LoadBalancerArn);
      const arn = `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${randomBytes(8).toString('hex')}`;
      const idle = () => loadBalancer.idleTimeoutSeconds;
      const listener = new Listener(arn, LoadBalancerArn, Port, readAction(DefaultActions[0], store), idle, kernel.now);
      await listener.open(request.logicalId);
      store.listeners.set(arn, listener);
      return { physicalId: arn, attributes: { ListenerArn: arn } };
    },
    update: async (request) => {
      const { DefaultActions, Port } = parseProperties(listenerProperties, request);
      const listener = store.listener(request.physicalId ?? '');
      if (listener.port !== Port) return listenerResource(kernel, store).create(request);
      listener.defaultAction = readAction(DefaultActions[0], store);
      return { physicalId: listener.arn, attributes: { ListenerArn: listener.arn } };
    },
    delete: async ({ physicalId = '' }) => {
      await store.listeners.get(physicalId)?.close();
      store.listeners.delete(physicalId);
    },
  };
}

function ruleResource(store: ElbStore): ResourceHandler {
  return {
    create: async (request) => {
      const { Actions, Conditions, ListenerArn, Priority } = parseProperties(ruleProperties, request);
      const listener = store.listener(ListenerArn);
      const arn = `${ListenerArn.replace(':listener/', ':listener-rule/')}/${randomBytes(8).toString('hex')}`;
      if (listener.rules.some(({ priority }) => priority === Priority)) {
        throw new AwsError('PriorityInUse', `Priority '${Priority}' is currently in use`);
      }
      const pathPatterns = Conditions.flatMap(
        ({ PathPatternConfig, Values }) => PathPatternConfig?.Values ?? Values ?? [],
      );
      const rule: Rule = { arn, priority: Priority, pathPatterns, action: readAction(Actions[0], store) };
      listener.rules.push(rule);
      return { physicalId: arn, attributes: { RuleArn: arn, IsDefault: 'false' } };
    },
    delete: async ({ physicalId }) => {
      for (const { rules } of store.listeners.values()) {
        const index = rules.findIndex(({ arn }) => arn === physicalId);
        if (index >= 0) rules.splice(index, 1);
      }
    },
  };
}

function readAction(given: z.output<typeof action> | undefined, store: ElbStore): Action {
  if (given === undefined) throw new AwsError('ValidationError', 'An action is needed.');
  switch (given.Type) {
    case 'forward':
      return { type: 'forward', targetGroup: store.targetGroup(given.TargetGroupArn) };
    case 'fixed-response': {
      const { ContentType, MessageBody, StatusCode } = given.FixedResponseConfig;
      return { type: 'fixed-response', status: StatusCode, contentType: ContentType, body: MessageBody };
    }
    case 'redirect': {
      const { Host, Path, Port, Protocol, Query, StatusCode } = given.RedirectConfig;
      const location: Extract<Action, { type: 'redirect' }>['location'] = (request) => {
        const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
        const fill = (text: string) =>
          text
            .replaceAll('#{host}', url.hostname)
            .replaceAll('#{port}', url.port || '80')
            .replaceAll('#{path}', url.pathname.slice(1))
            .replaceAll('#{query}', url.search.slice(1))
            .replaceAll('#{protocol}', 'http');
        const query = fill(Query);
        return `${fill(Protocol).toLowerCase()}://${fill(Host)}:${fill(Port)}${fill(Path)}${query === '' ? '' : `?${query}`}`;
      };
      return { type: 'redirect', status: Number(StatusCode.slice('HTTP_'.length)), location };
    }
  }
}

function healthCheck(properties: z.output<typeof targetGroupProperties>): HealthCheck {
  return {
    path: properties.HealthCheckPath,
    port: properties.HealthCheckPort,
    intervalSeconds: properties.HealthCheckIntervalSeconds,
    timeoutSeconds: properties.HealthCheckTimeoutSeconds,
    healthyThreshold: properties.HealthyThresholdCount,
    unhealthyThreshold: properties.UnhealthyThresholdCount,
    matcher: properties.Matcher.HttpCode,
  };
}

function deregistrationDelay(properties: z.output<typeof targetGroupProperties>): number {
  return Number(attribute(properties.TargetGroupAttributes, 'deregistration_delay.timeout_seconds') ?? 300);
}

function attribute(list: readonly { readonly Key: string; readonly Value: string }[], key: string): string | undefined {
  return list.find(({ Key }) => Key === key)?.Value;
}

function arnPrefix(kernel: Kernel): string {
  return `arn:${kernel.partition}:elasticloadbalancing:${kernel.region}:${kernel.accountId}`;
}

/**
 * CloudFormation's names for these: `<stack>-<logical id>-<random>`, cut to the 32 characters that are allowed
 * (aws-facts: load-balancer-name-length).
 */
function generatedName(request: ResourceRequest): string {
  const base = `${request.stackName.slice(0, 5)}-${request.logicalId.slice(0, 13)}`.replace(/[^\w-]/g, '');
  return `${base}-${randomBytes(6).toString('hex').toUpperCase()}`;
}
