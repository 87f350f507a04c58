import { AwsError, type Json, type JsonObject, type Operations, type Output } from '../../kernel/contracts';
import { describeCluster, describeDefinition, describeService, describeTask } from './describe';
import type { EcsStore } from './store';
import type { Task } from './task';

export function ecsOperations(store: EcsStore, zoneOf: (subnetId: string) => string): Operations {
  const describe = (task: Task) => describeTask(task, zoneOf(task.networkInterface.subnetId));
  const clusterOf = (input: JsonObject) => store.arn('cluster', nameOf(input['cluster'] ?? 'default'));
  const onCluster = (action: string) => (input: JsonObject) => [
    { action: `ecs:${action}`, resource: clusterOf(input), context: { 'ecs:cluster': clusterOf(input) } },
  ];
  return {
    DescribeClusters: {
      grants: (input) =>
        texts(input['clusters'] ?? ['default']).map((reference) => ({
          action: 'ecs:DescribeClusters',
          resource: store.arn('cluster', nameOf(reference)),
        })),
      handle: (input) =>
        eachOf(texts(input['clusters'] ?? ['default']), 'clusters', (reference) => {
          const arn = store.arn('cluster', nameOf(reference));
          const cluster = store.clusters.get(arn);
          return cluster === undefined ? { missing: arn } : { found: describeCluster(cluster, store) };
        }),
    },
    ListClusters: {
      grants: () => [{ action: 'ecs:ListClusters', resource: '*' }],
      handle: () => ({ clusterArns: [...store.clusters.keys()] }),
    },
    DescribeServices: {
      grants: (input) =>
        texts(input['services']).map((reference) => ({
          action: 'ecs:DescribeServices',
          resource: store.arn('service', `${nameOf(input['cluster'] ?? 'default')}/${nameOf(reference)}`),
          context: { 'ecs:cluster': clusterOf(input) },
        })),
      handle: (input) => {
        const cluster = store.cluster(input['cluster']);
        // aws-facts: describe-services-ten
        if (texts(input['services']).length > 10) {
          throw new AwsError('InvalidParameterException', 'Services cannot have more than 10 elements.');
        }
        return eachOf(texts(input['services']), 'services', (reference) => {
          const arn = store.serviceArn(cluster, reference);
          const service = store.services.get(arn);
          return service === undefined ? { missing: arn } : { found: describeService(service) };
        });
      },
    },
    DescribeTasks: {
      grants: (input) =>
        texts(input['tasks']).map((reference) => ({
          action: 'ecs:DescribeTasks',
          resource: store.arn('task', `${nameOf(input['cluster'] ?? 'default')}/${nameOf(reference)}`),
          context: { 'ecs:cluster': clusterOf(input) },
        })),
      handle: async (input) => {
        const cluster = store.cluster(input['cluster']);
        const asked = texts(input['tasks']).map(nameOf);
        await Promise.all(store.tasksOf(cluster).map((task) => asked.includes(task.id) && task.listen()));
        return eachOf(texts(input['tasks']), 'tasks', (reference) => {
          const task = store.tasksOf(cluster).find(({ id }) => id === nameOf(reference));
          if (task !== undefined) return { found: describe(task) };
          return { missing: store.arn('task', `${cluster.name}/${nameOf(reference)}`) };
        });
      },
    },
    DescribeTaskDefinition: {
      grants: () => [{ action: 'ecs:DescribeTaskDefinition', resource: '*' }],
      handle: (input) => ({ taskDefinition: describeDefinition(store.definition(String(input['taskDefinition']))) }),
    },
    ListServices: {
      grants: onCluster('ListServices'),
      handle: (input) => {
        const active = store.servicesOf(store.cluster(input['cluster'])).filter(({ status }) => status !== 'INACTIVE');
        return { serviceArns: active.map(({ arn }) => arn) };
      },
    },
    ListTasks: {
      grants: onCluster('ListTasks'),
      handle: (input) => {
        const cluster = store.cluster(input['cluster']);
        const { desiredStatus = 'RUNNING', family, serviceName } = input;
        const tasks = store
          .tasksOf(cluster)
          .filter((task) => task.desiredStatus === desiredStatus)
          .filter(({ options }) => serviceName === undefined || options.group === `service:${nameOf(serviceName)}`)
          .filter(({ definition }) => family === undefined || definition.Family === family);
        return { taskArns: tasks.map(({ arn }) => arn) };
      },
    },
    StopTask: {
      grants: (input) => [
        {
          action: 'ecs:StopTask',
          resource: store.arn('task', `${nameOf(input['cluster'] ?? 'default')}/${nameOf(input['task'])}`),
        },
      ],
      handle: (input) => {
        const task = store.tasksOf(store.cluster(input['cluster'])).find(({ id }) => id === nameOf(input['task']));
        if (task === undefined) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
        const { reason } = input;
        void task.stop('UserInitiated', typeof reason === 'string' ? reason : 'Task stopped by user');
        return { task: describe(task) };
      },
    },
    UpdateService: {
      grants: (input) => [
        {
          action: 'ecs:UpdateService',
          resource: store.arn('service', `${nameOf(input['cluster'] ?? 'default')}/${nameOf(input['service'])}`),
        },
      ],
      handle: (input) => {
        const { cluster, desiredCount, forceNewDeployment, service: reference, taskDefinition, ...others } = input;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined) {
          throw new AwsError('UnsupportedOperation', `The local cloud's UpdateService does not support ${unknown}.`);
        }
        const service = store.service(store.cluster(cluster), String(reference));
        if (typeof desiredCount === 'number') service.scale(desiredCount);
        const current = service.deployments[0]?.definition;
        const wanted = typeof taskDefinition === 'string' ? store.definition(taskDefinition) : current;
        if (wanted !== undefined && (wanted !== current || forceNewDeployment === true)) service.deploy(wanted);
        return { service: describeService(service) };
      },
    },
  };
}

/** Splits references into those found and `failures`. Missing ones do not fail the call, as on AWS. */
function eachOf(
  references: readonly string[],
  member: string,
  find: (reference: string) => { readonly found: Output } | { readonly missing: string },
): Output {
  if (references.length === 0) throw new AwsError('InvalidParameterException', `${member} can not be empty.`);
  const results = references.map(find);
  return {
    [member]: results.flatMap((result) => ('found' in result ? [result.found] : [])),
    failures: results.flatMap((result) => ('missing' in result ? [{ arn: result.missing, reason: 'MISSING' }] : [])),
  };
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function nameOf(reference: unknown): string {
  return (
    String(reference ?? '')
      .split('/')
      .at(-1) ?? ''
  );
}
