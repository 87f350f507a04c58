import type { Output } from '../../kernel/contracts';
import type { EcsService } from './service';
import type { Cluster, EcsStore } from './store';
import type { Task } from './task';
import type { TaskDefinition } from './task-definition';

/** The shapes of the ECS API's answers. */
export function describeCluster(cluster: Cluster, store: EcsStore): Output {
  const services = store.servicesOf(cluster);
  const tasks = services.flatMap(({ liveTasks }) => liveTasks);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    runningTasksCount: count(tasks, 'RUNNING'),
    pendingTasksCount: count(tasks, 'PENDING') + count(tasks, 'PROVISIONING'),
    activeServicesCount: services.filter(({ status }) => status === 'ACTIVE').length,
    settings: cluster.settings.map(({ Name, Value }) => ({ name: Name, value: Value })),
    capacityProviders: cluster.capacityProviders,
  };
}

export function describeService(service: EcsService): Output {
  const { deployments, liveTasks, settings } = service;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: settings.desiredCount,
    runningCount: count(liveTasks, 'RUNNING'),
    pendingCount: count(liveTasks, 'PENDING') + count(liveTasks, 'PROVISIONING'),
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    schedulingStrategy: 'REPLICA',
    taskDefinition: deployments[0]?.definition.arn,
    createdAt: service.createdAt,
    tags: service.tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
    healthCheckGracePeriodSeconds: settings.gracePeriodSeconds,
    loadBalancers: settings.targets.map(({ containerPort, group }) => ({ targetGroupArn: group.arn, containerPort })),
    deploymentConfiguration: {
      minimumHealthyPercent: settings.minimumHealthyPercent,
      maximumPercent: settings.maximumPercent,
      deploymentCircuitBreaker: { ...settings.circuitBreaker },
    },
    deployments: deployments.map((deployment, index) => {
      const tasks = service.tasksOf(deployment);
      return {
        id: deployment.id,
        status: index === 0 ? 'PRIMARY' : 'ACTIVE',
        taskDefinition: deployment.definition.arn,
        desiredCount: index === 0 ? settings.desiredCount : 0,
        pendingCount: count(tasks, 'PENDING') + count(tasks, 'PROVISIONING'),
        runningCount: count(tasks, 'RUNNING'),
        failedTasks: deployment.failedTasks,
        createdAt: deployment.createdAt,
        updatedAt: deployment.updatedAt,
        launchType: 'FARGATE',
        rolloutState: deployment.rolloutState,
        rolloutStateReason: deployment.rolloutStateReason,
      };
    }),
    events: service.events.map(({ createdAt, id, message }) => ({ id, createdAt, message })),
  };
}

/** `zone` is the zone of the task's subnet. */
export function describeTask(task: Task, zone: string): Output {
  return {
    taskArn: task.arn,
    clusterArn: task.options.clusterArn,
    taskDefinitionArn: task.definition.arn,
    group: task.options.group,
    availabilityZone: zone,
    attachments: [describeAttachment(task)],
    tags: task.options.tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
    healthStatus: healthOf(task),
    startedBy: task.options.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    launchType: 'FARGATE',
    cpu: task.definition.Cpu,
    memory: task.definition.Memory,
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    stoppedAt: task.stoppedAt,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: task.containers.map((container) => ({
      containerArn: `${task.arn.replace(':task/', ':container/')}/${container.runtimeId}`,
      taskArn: task.arn,
      name: container.definition.Name,
      image: container.definition.Image,
      runtimeId: container.runtimeId,
      lastStatus: container.status,
      healthStatus: container.health,
      exitCode: container.exitCode,
      reason: container.reason,
    })),
  };
}

export function describeDefinition(definition: TaskDefinition): Output {
  return {
    taskDefinitionArn: definition.arn,
    family: definition.Family,
    revision: definition.revision,
    status: definition.status,
    registeredAt: definition.registeredAt,
    cpu: definition.Cpu,
    memory: definition.Memory,
    networkMode: definition.NetworkMode,
    requiresCompatibilities: definition.RequiresCompatibilities,
    taskRoleArn: definition.TaskRoleArn,
    executionRoleArn: definition.ExecutionRoleArn,
    volumes: definition.Volumes.map(({ Name }) => ({ name: Name })),
    containerDefinitions: definition.ContainerDefinitions.map((container) => ({
      name: container.Name,
      image: container.Image,
      essential: container.Essential,
      command: container.Command,
      entryPoint: container.EntryPoint,
      environment: container.Environment.map(({ Name, Value }) => ({ name: Name, value: Value })),
      portMappings: container.PortMappings.map(({ ContainerPort }) => ({
        containerPort: ContainerPort,
        protocol: 'tcp',
      })),
      dependsOn: container.DependsOn.map(({ Condition, ContainerName }) => ({
        containerName: ContainerName,
        condition: Condition,
      })),
      ...(container.LogConfiguration && {
        logConfiguration: {
          logDriver: container.LogConfiguration.LogDriver,
          options: container.LogConfiguration.Options,
        },
      }),
      mountPoints: container.MountPoints.map(({ ContainerPath, SourceVolume }) => ({
        containerPath: ContainerPath,
        sourceVolume: SourceVolume,
      })),
      user: container.User,
      readonlyRootFilesystem: container.ReadonlyRootFilesystem,
      stopTimeout: container.StopTimeout,
    })),
  };
}

/** The attachment of a task in network mode awsvpc (ECS API reference, Attachment). */
function describeAttachment({
  id,
  networkInterface: { address, id: interfaceId, subnetId },
  lastStatus,
}: Task): Output {
  const details = { subnetId, networkInterfaceId: interfaceId, privateIPv4Address: address };
  return {
    id,
    type: 'ElasticNetworkInterface',
    status: lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
    details: Object.entries(details).map(([name, value]) => ({ name, value })),
  };
}

function healthOf({ containers }: Task): string {
  const essential = containers.filter(({ definition }) => definition.Essential && definition.HealthCheck !== undefined);
  if (essential.some(({ health }) => health === 'UNHEALTHY')) return 'UNHEALTHY';
  return essential.length > 0 && essential.every(({ health }) => health === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

function count(tasks: readonly Task[], status: Task['lastStatus']): number {
  return tasks.filter(({ lastStatus }) => lastStatus === status).length;
}
