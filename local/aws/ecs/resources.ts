import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AwsError, type Kernel, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { cfnBoolean, cfnNumber, cfnTags, parseProperties, recorded } from '../cfn-values';
import type { ElbService } from '../elb';
import type { AgentEndpoint } from './agent-endpoint';
import type { Deployment } from './deployment';
import { scalableTargetResource } from './scalable-target';
import { EcsService, type ServiceSettings } from './service';
import type { EcsStore } from './store';
import { type TaskDefinition, taskDefinitionProperties } from './task-definition';

const clusterProperties = z.strictObject({
  CapacityProviders: z.array(z.enum(['FARGATE', 'FARGATE_SPOT'])).default([]),
  ClusterName: z.string().optional(),
  ClusterSettings: z.array(z.strictObject({ Name: z.string(), Value: z.coerce.string() })).default([]),
  Configuration: recorded,
  DefaultCapacityProviderStrategy: recorded,
  ServiceConnectDefaults: recorded,
  Tags: cfnTags,
});

const serviceProperties = z.strictObject({
  AvailabilityZoneRebalancing: recorded,
  CapacityProviderStrategy: recorded,
  Cluster: z.string(),
  DeploymentConfiguration: z
    .strictObject({
      DeploymentCircuitBreaker: z.strictObject({ Enable: cfnBoolean, Rollback: cfnBoolean }).optional(),
      MaximumPercent: cfnNumber.default(200),
      MinimumHealthyPercent: cfnNumber.default(100),
    })
    .default({ MaximumPercent: 200, MinimumHealthyPercent: 100 }),
  DesiredCount: cfnNumber.optional(),
  EnableECSManagedTags: recorded,
  EnableExecuteCommand: recorded,
  HealthCheckGracePeriodSeconds: cfnNumber.default(0),
  LaunchType: z.literal('FARGATE').optional(),
  LoadBalancers: z
    .array(z.strictObject({ ContainerName: z.string(), ContainerPort: cfnNumber, TargetGroupArn: z.string() }))
    .default([]),
  NetworkConfiguration: z.strictObject({
    AwsvpcConfiguration: z.strictObject({
      AssignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
      SecurityGroups: z.array(z.string()).optional(),
      Subnets: z.array(z.string()).min(1),
    }),
  }),
  PlatformVersion: recorded,
  PropagateTags: z.enum(['SERVICE', 'TASK_DEFINITION', 'NONE']).optional(),
  SchedulingStrategy: z.literal('REPLICA').optional(),
  ServiceName: z.string().optional(),
  Tags: cfnTags,
  TaskDefinition: z.string(),
});

type ServiceProperties = z.output<typeof serviceProperties>;

export interface EcsParts {
  readonly kernel: Kernel;
  readonly store: EcsStore;
  readonly agent: AgentEndpoint;
  readonly elb: Pick<ElbService, 'targetGroup' | 'isAttached'>;
}

export function ecsResources(parts: EcsParts): Readonly<Record<string, ResourceHandler>> {
  return {
    'AWS::ECS::Cluster': clusterResource(parts.store),
    'AWS::ECS::ClusterCapacityProviderAssociations': {
      create: async (request) => ({ physicalId: String(request.properties['Cluster']) }),
      update: async (request) => ({ physicalId: String(request.properties['Cluster']) }),
      delete: async () => undefined,
    },
    'AWS::ECS::TaskDefinition': taskDefinitionResource(parts),
    'AWS::ECS::Service': serviceResource(parts),
    'AWS::ApplicationAutoScaling::ScalableTarget': scalableTargetResource(parts.store),
  };
}

function clusterResource(store: EcsStore): ResourceHandler {
  const apply = (request: ResourceRequest, name: string) => {
    const { CapacityProviders, ClusterSettings } = parseProperties(clusterProperties, request);
    const arn = store.arn('cluster', name);
    store.clusters.set(arn, { arn, name, settings: ClusterSettings, capacityProviders: CapacityProviders });
    return { physicalId: name, attributes: { Arn: arn } };
  };
  return {
    create: async (request) => {
      const name = parseProperties(clusterProperties, request).ClusterName ?? generated(request.logicalId);
      return apply(request, name);
    },
    update: async (request) => {
      const wanted = request.properties['ClusterName'];
      return apply(request, typeof wanted === 'string' ? wanted : (request.physicalId ?? ''));
    },
    delete: async ({ physicalId = '' }) => {
      const cluster = store.clusters.get(store.arn('cluster', physicalId));
      if (cluster === undefined) return;
      if (store.servicesOf(cluster).some(({ status }) => status === 'ACTIVE')) {
        throw new AwsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      store.clusters.delete(cluster.arn);
    },
  };
}

function taskDefinitionResource({ kernel, store }: EcsParts): ResourceHandler {
  return {
    create: async (request) => {
      const properties = parseProperties(taskDefinitionProperties, request);
      const revisions = [...store.definitions.values()].filter(({ Family }) => Family === properties.Family);
      const revision = Math.max(0, ...revisions.map((definition) => definition.revision)) + 1;
      const arn = store.arn('task-definition', `${properties.Family}:${revision}`);
      const definition: TaskDefinition = { ...properties, arn, revision, registeredAt: kernel.now(), status: 'ACTIVE' };
      store.definitions.set(arn, definition);
      return { physicalId: arn, attributes: { TaskDefinitionArn: arn } };
    },
    // No update: every change creates a new revision; the old one is deregistered afterwards.
    delete: async ({ physicalId = '' }) => {
      const definition = store.definitions.get(physicalId);
      if (definition !== undefined) definition.status = 'INACTIVE';
    },
  };
}

function serviceResource(parts: EcsParts): ResourceHandler {
  const { agent, kernel, store } = parts;
  const result = (service: EcsService) => ({
    physicalId: service.arn,
    attributes: { Name: service.name, ServiceArn: service.arn },
  });
  return {
    create: async (request) => {
      const properties = parseProperties(serviceProperties, request);
      const cluster = store.cluster(properties.Cluster);
      const name = properties.ServiceName ?? generated(`${request.stackName}-${request.logicalId}`);
      const arn = store.serviceArn(cluster, name);
      if (store.services.get(arn)?.status === 'ACTIVE') {
        throw new AwsError('InvalidParameterException', 'Creation of service was not idempotent.');
      }
      const definition = store.definition(properties.TaskDefinition);
      // aws-facts: desired-count
      const settings = readSettings(properties, definition, parts, 1);
      const tags = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
      const service = new EcsService(
        kernel,
        agent,
        arn,
        name,
        cluster.arn,
        settings,
        properties.Tags ?? tags,
        properties.PropagateTags === 'SERVICE',
      );
      store.services.set(arn, service);
      try {
        await steady(service.deploy(definition), service);
      } catch (error) {
        // A service that is left active would make the rollback fail: its cluster could not be deleted.
        await service.drain(true);
        throw error;
      }
      return result(service);
    },
    update: async (request) => {
      const properties = parseProperties(serviceProperties, request);
      const service = store.services.get(request.physicalId ?? '');
      if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
      const definition = store.definition(properties.TaskDefinition);
      service.configure(readSettings(properties, definition, parts, service.settings.desiredCount));
      const before = request.previousProperties ?? {};
      const changed = ['TaskDefinition', 'LoadBalancers', 'NetworkConfiguration'].some(
        (property) => JSON.stringify(before[property]) !== JSON.stringify(request.properties[property]),
      );
      if (changed) await steady(service.deploy(definition), service);
      return result(service);
    },
    delete: async ({ physicalId = '' }) => {
      await store.services.get(physicalId)?.drain(false);
    },
  };
}

/**
 * Waits until the service is steady, as CloudFormation does. A failed rollout fails the resource with the task's
 * reason.
 */
async function steady(deployment: Deployment, service: EcsService): Promise<void> {
  try {
    await deployment.settled;
  } catch (error) {
    throw new AwsError(
      'GeneralServiceException',
      `Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'. ${service.name}: ${(error as Error).message}`,
    );
  }
}

/** `defaultCount` is the desired count when the template has none. */
function readSettings(
  properties: ServiceProperties,
  definition: TaskDefinition,
  { elb }: EcsParts,
  defaultCount: number,
): ServiceSettings {
  const { DeploymentConfiguration: deployment, LoadBalancers } = properties;
  const breaker = deployment.DeploymentCircuitBreaker;
  return {
    desiredCount: properties.DesiredCount ?? defaultCount,
    minimumHealthyPercent: deployment.MinimumHealthyPercent,
    maximumPercent: deployment.MaximumPercent,
    circuitBreaker: { enable: breaker?.Enable ?? false, rollback: breaker?.Rollback ?? false },
    gracePeriodSeconds: properties.HealthCheckGracePeriodSeconds,
    network: {
      subnetIds: properties.NetworkConfiguration.AwsvpcConfiguration.Subnets,
      securityGroupIds: properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups ?? [],
    },
    targets: LoadBalancers.map(({ ContainerName, ContainerPort, TargetGroupArn }) => {
      const container = definition.ContainerDefinitions.find(({ Name }) => Name === ContainerName);
      if (container?.PortMappings.some((mapping) => mapping.ContainerPort === ContainerPort) !== true) {
        throw new AwsError(
          'InvalidParameterException',
          `The container ${ContainerName} did not have a container port ${ContainerPort} defined.`,
        );
      }
      const group = elb.targetGroup(TargetGroupArn);
      if (!elb.isAttached(TargetGroupArn)) {
        throw new AwsError(
          'InvalidParameterException',
          `The target group with targetGroupArn ${TargetGroupArn} does not have an associated load balancer.`,
        );
      }
      return { group, containerPort: ContainerPort };
    }),
  };
}

function generated(base: string): string {
  return `${base.slice(0, 200)}-${randomBytes(6).toString('hex')}`;
}
