import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  paginateListServices,
} from '@aws-sdk/client-ecs';
import type { Stack } from '../aws/stack';
import type { Context } from '../context';
import type { Template } from '../serverless';

export interface TaskGroup {
  readonly service: string;
  readonly count: number;
  readonly vcpu: number;
  readonly gb: number;
  readonly isArm: boolean;
}

/** What the stack has: physical ids by type, and the properties that its deployed template gives them. */
export interface Inventory {
  readonly ids: (type: string) => readonly { readonly logicalId: string; readonly physicalId: string }[];
  readonly properties: (logicalId: string) => Readonly<Record<string, unknown>>;
}

export async function readInventory(context: Context, stack: Stack): Promise<Inventory> {
  const client = await context.client(CloudFormationClient);
  const { TemplateBody } = await client.send(
    new GetTemplateCommand({ StackName: stack.name, TemplateStage: 'Original' }),
  );
  const { Resources } = JSON.parse(TemplateBody ?? '{"Resources":{}}') as Template;
  const all: { type: string; logicalId: string; physicalId: string }[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack.name })) {
    for (const each of page.StackResourceSummaries ?? []) {
      const { LogicalResourceId: logicalId = '', PhysicalResourceId: physicalId, ResourceType: type = '' } = each;
      if (physicalId && each.ResourceStatus !== 'DELETE_COMPLETE') all.push({ type, logicalId, physicalId });
    }
  }
  return {
    ids: (wanted) => all.filter(({ type }) => type === wanted),
    properties: (logicalId) => Resources[logicalId]?.Properties ?? {},
  };
}

/** The running tasks of each service of the cluster, by the size of their task definition. */
export async function readTasks(context: Context, { name, outputs }: Stack): Promise<readonly TaskGroup[]> {
  const cluster = outputs['ClusterName'];
  if (!cluster) return [];
  const client = await context.client(ECSClient);
  const groups: TaskGroup[] = [];
  // Pages of ten names, as many as DescribeServices takes (aws-facts: describe-services-ten).
  for await (const { serviceArns = [] } of paginateListServices({ client, pageSize: 10 }, { cluster })) {
    if (serviceArns.length === 0) continue;
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
    for (const { serviceName = '', runningCount: count = 0, taskDefinition } of services) {
      const { taskDefinition: size } = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
      const isArm = size?.runtimePlatform?.cpuArchitecture === 'ARM64';
      // CloudFormation names a service `<stack>-<logical id>-<random letters>`.
      const service = serviceName.replace(`${name}-`, '').replace(/-[0-9A-Za-z]+$/, '');
      groups.push({ service, count, vcpu: Number(size?.cpu) / 1024, gb: Number(size?.memory) / 1024, isArm });
    }
  }
  return groups;
}
