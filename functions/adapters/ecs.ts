import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  type Failure,
  ListTasksCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { Properties } from '../domain/deployed-stack';
import type { Ecs } from '../domain/ecs';
import { AwsUnavailable } from '../domain/errors';
import { awsClient } from './aws-client';

export function connectEcs(client = awsClient(ECSClient)): Ecs {
  return {
    async describe(cluster, services) {
      const found: Service[] = [];
      const failures: Failure[] = [];
      for (const names of batches(services)) {
        const answer = await client.send(new DescribeServicesCommand({ cluster, services: [...names] }));
        found.push(...(answer.services ?? []));
        failures.push(...(answer.failures ?? []));
      }
      // A service in neither list would not be waited for.
      if (failures.length === 0 && found.length < services.length)
        throw new AwsUnavailable('DescribeServices', `answered for ${found.length} of ${services.length} services`);
      return {
        services: found.map((service) => ({
          name: service.serviceName ?? '',
          status: service.status ?? '',
          desired: service.desiredCount ?? 0,
          running: service.runningCount ?? 0,
          pending: service.pendingCount ?? 0,
          rollout: service.deployments?.find(({ status }) => status === 'PRIMARY')?.rolloutState ?? '',
          deployments: service.deployments?.length ?? 0,
          latestEvent: service.events?.[0]?.message,
        })),
        failures: failures.map(({ arn, reason }) => `${arn ?? 'unknown'} (${reason ?? 'no reason'})`),
      };
    },

    async settings(serviceArns) {
      const found = new Map<string, Properties>();
      for (const [cluster, ofCluster] of Map.groupBy(serviceArns, (arn) => arn.split('/')[1] ?? '')) {
        for (const names of batches(ofCluster)) {
          const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: [...names] }));
          for (const { serviceArn = '', status, taskDefinition } of services)
            if (status === 'ACTIVE') found.set(serviceArn, { TaskDefinition: taskDefinition });
        }
      }
      return found;
    },

    async scale(cluster, service, desiredCount) {
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },

    async stoppedReasons(cluster, serviceName) {
      const { taskArns } = await client.send(new ListTasksCommand({ cluster, serviceName, desiredStatus: 'STOPPED' }));
      if (!taskArns?.length) return [];
      const { tasks } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 5) }));
      return (tasks ?? []).flatMap((task) => [
        ...(task.stoppedReason ? [task.stoppedReason] : []),
        ...(task.containers ?? []).flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : [])),
      ]);
    },
  };
}

/** DescribeServices takes ten names a call (aws-facts: describe-services-ten). */
const NAMES_A_CALL = 10;

function* batches(names: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < names.length; start += NAMES_A_CALL) yield names.slice(start, start + NAMES_A_CALL);
}
