import type { Kernel, Operations, ServiceModule } from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import { awsQuery } from '../../kernel/protocols/aws-query';
import type { Invoker } from '../lambda/invoker';
import type { LogsService } from '../logs';
import type { ResourceRegistry } from '../passive/registry';
import type { SnsService } from '../sns';
import { alarmOperations } from './alarms';
import { embeddedMetrics } from './embedded-metrics';
import { getMetricData, listMetrics } from './metric-data';
import { MetricStore } from './metric-store';

/**
 * Amazon CloudWatch: the template's alarms, and metrics from log lines of the embedded metric format, from Lambda's
 * invocations and from SNS's publications. It supports the JSON protocol (current SDKs) and the older query protocol. A
 * value is available at once; on AWS after a minute or two.
 */
export function createCloudWatch(
  kernel: Kernel,
  peers: {
    readonly registry: ResourceRegistry;
    readonly logs: Pick<LogsService, 'onEvent'>;
    readonly lambda: { readonly invoker: Pick<Invoker, 'listeners'> };
    readonly sns?: Pick<SnsService, 'onMessage'>;
  },
): ServiceModule {
  const store = new MetricStore();
  peers.logs.onEvent((message) => {
    for (const { metric, points } of embeddedMetrics(message)) store.put(metric, points);
  });
  peers.lambda.invoker.listeners.add((functionName, { functionError, startedAt, durationMs }) => {
    const put = (name: string, value: number) =>
      store.put({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName } }, [
        { at: startedAt.getTime(), value },
      ]);
    put('Invocations', 1);
    put('Errors', functionError === undefined ? 0 : 1);
    put('Duration', durationMs);
  });
  peers.sns?.onMessage(({ topicArn }) =>
    store.put(
      {
        namespace: 'AWS/SNS',
        name: 'NumberOfMessagesPublished',
        dimensions: { TopicName: topicArn.split(':').at(-1) ?? '' },
      },
      [{ at: kernel.now().getTime(), value: 1 }],
    ),
  );
  // Neither action has a resource type (Service Authorization Reference, Amazon CloudWatch).
  const operations: Operations = {
    ...alarmOperations(kernel, peers.registry),
    GetMetricData: {
      grants: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
      handle: (input) => getMetricData(store, input),
    },
    ListMetrics: {
      grants: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
      handle: (input) => listMetrics(store, input),
    },
  };
  const json = awsJson({ kernel, version: '1.0', operations });
  const query = awsQuery({ kernel, namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/', operations });
  return {
    signingNames: ['monitoring'],
    operations,
    handle: (request) => (request.headers['x-amz-target'] === undefined ? query(request) : json(request)),
  };
}
