import type { ECSClient, Task } from '@aws-sdk/client-ecs';
import type { EcsDiscovery, ScrapeConfig } from './config';

/** A target with its labels; before relabelling they are Prometheus's meta labels, after it those of the series. */
export interface Target {
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The targets of a job in the configuration: each with the labels of its group. */
export function staticTargets({ static_configs: groups }: ScrapeConfig): readonly Target[] {
  return groups.flatMap(({ targets, labels }) => targets.map((address) => ({ address, labels })));
}

/**
 * The tasks of the clusters that have an address, as Prometheus's ECS discovery finds them (discovery/aws/ecs.go), with
 * the meta labels of their task only. Throws the SDK's error.
 */
export async function discover({ clusters, port, region }: EcsDiscovery): Promise<readonly Target[]> {
  // Loaded at the first look: most agents have no discovery.
  const { DescribeTasksCommand, ECSClient, paginateListTasks } = await import('@aws-sdk/client-ecs');
  const client: ECSClient = new ECSClient({ region });
  try {
    const found = await Promise.all(
      clusters.map(async (cluster) => {
        const arns: string[] = [];
        for await (const { taskArns = [] } of paginateListTasks({ client }, { cluster })) arns.push(...taskArns);
        const batches = Array.from({ length: Math.ceil(arns.length / 100) }, (_, index) =>
          arns.slice(100 * index, 100 * (index + 1)),
        );
        const described = await Promise.all(
          batches.map((tasks) => client.send(new DescribeTasksCommand({ cluster, tasks, include: ['TAGS'] }))),
        );
        return described.flatMap(({ tasks = [] }) => tasks.flatMap((task) => targetOf(task, port)));
      }),
    );
    return found.flat();
  } finally {
    client.destroy();
  }
}

function targetOf({ attachments = [], clusterArn, group, lastStatus, taskArn }: Task, port: number): readonly Target[] {
  const network = attachments.find(({ type }) => type === 'ElasticNetworkInterface');
  const address = network?.details?.find(({ name }) => name === 'privateIPv4Address')?.value;
  if (address === undefined) return [];
  const meta = { cluster_arn: clusterArn, task_group: group, task_arn: taskArn, last_status: lastStatus };
  const labels = Object.entries(meta).map(([name, value]) => [`__meta_ecs_${name}`, value ?? '']);
  return [{ address: `${address}:${port}`, labels: Object.fromEntries(labels) }];
}

/** Applies a job's relabelling; undefined when it drops the target. Labels that begin with `__` do not stay. */
export function relabelTarget(target: Target, { relabel_configs: rules }: ScrapeConfig): Target | undefined {
  const labels: Record<string, string> = { ...target.labels };
  for (const { action, regex, replacement, separator, source_labels: sources, target_label: name } of rules) {
    const match = new RegExp(`^(?:${regex})$`, 's').exec(sources.map((each) => labels[each] ?? '').join(separator));
    if (action === 'keep' && match === null) return undefined;
    if (action === 'drop' && match !== null) return undefined;
    if (action === 'replace' && match !== null && name !== undefined)
      labels[name] = replacement.replaceAll(/\$(\d)/g, (_, group) => match[Number(group)] ?? '');
  }
  const kept = Object.entries(labels).filter(([name, value]) => !name.startsWith('__') && value !== '');
  return { address: target.address, labels: Object.fromEntries(kept) };
}
