import type { Cloud } from '../cloud/contracts';

/** Resources that a removed stack left in the cloud. Service-linked roles are shared and may stay. */
export async function leftoversIn(cloud: Cloud): Promise<readonly string[]> {
  const name = (kind: string) => (item: string) => `${kind} ${item}`;
  const roles = cloud.kernel.roles.list().filter((role) => !role.path.startsWith('/aws-service-role/'));
  return [
    ...cloud.cloudFormation.stacks.active().map((stack) => `stack ${stack.name} (${stack.status})`),
    ...(await cloud.s3.listBuckets()).map(name('bucket')),
    ...cloud.grafana.workspaces().map(({ id }) => `Grafana workspace ${id}`),
    ...cloud.grafana.networkInterfaces().map(({ networkInterfaceId }) => `network interface ${networkInterfaceId}`),
    ...cloud.aps.workspaces().map(({ id }) => `Prometheus workspace ${id}`),
    ...cloud.ecs.processes().map(({ container, pid }) => `container ${container} (process ${pid})`),
    ...cloud.lambda.processes().map(({ functionName, pid }) => `function ${functionName} (process ${pid})`),
    ...cloud.elb.urls().map(({ loadBalancer, url }) => `load balancer ${loadBalancer} at ${url}`),
    ...cloud.passive.registry.all().map(({ type, physicalId }) => `${type} ${physicalId}`),
    ...roles.map((role) => `role ${role.name}`),
  ];
}
