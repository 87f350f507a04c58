import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createAps } from '../aws/aps';
import { createCloudFormation } from '../aws/cloudformation';
import { createCloudWatch } from '../aws/cloudwatch';
import { createEc2 } from '../aws/ec2';
import { createEcr } from '../aws/ecr';
import { createEcs, type EcsModule } from '../aws/ecs';
import { createElb } from '../aws/elb';
import { createEvents } from '../aws/events';
import { createIam } from '../aws/iam';
import { createLambda, type LambdaService } from '../aws/lambda';
import { createLogs } from '../aws/logs';
import { createGrafana, type GrafanaModule } from '../aws/managed-grafana';
import { createPassive } from '../aws/passive';
import { createS3 } from '../aws/s3';
import { startS3Backend } from '../aws/s3/start-backend';
import { createServiceQuotas } from '../aws/service-quotas';
import { createSns } from '../aws/sns';
import { createSsm } from '../aws/ssm';
import { createStates } from '../aws/states';
import { createSts } from '../aws/sts';
import type { ServiceModule } from '../kernel/contracts';
import { createKernel, type LocalKernel } from '../kernel/create-kernel';
import { createPage } from '../page';
import { identityName, identityPath } from './already-running';
import type { Cloud, CloudOptions } from './contracts';
import { partsOf, urlsOf } from './describe-cloud';

/** Milliseconds that a deletion waits for network interfaces, much longer than their removal takes. */
const networkPatience = 5_000;

/** The local account's number, which belongs to no AWS account. */
const accountId = '000000000000';

/** Starts the local cloud: the kernel and every service on it. Throws EADDRINUSE when the port is taken. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const kernel = await createKernel({
    port: options.port,
    region: options.region,
    accountId,
    directory: (port) => {
      const directory = join(options.directory, String(port));
      rmSync(directory, { recursive: true, force: true });
      return directory;
    },
    ...(options.now !== undefined && { now: options.now }),
  });
  try {
    return await assemble(kernel, options);
  } catch (error) {
    // A failed start must not leave running what it had already started.
    await kernel.close();
    throw error;
  }
}

async function assemble(kernel: LocalKernel, options: CloudOptions): Promise<Cloud> {
  const add = <Module extends ServiceModule>(module: Module): Module => {
    kernel.register(module);
    return module;
  };
  kernel.registerRaw(async (request, response) => {
    if (request.url !== identityPath) return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: identityName, pid: process.pid }));
    return true;
  });
  const page = createPage();
  kernel.registerRaw(page.handler);
  const s3 = await startS3Backend({ directory: kernel.directory, now: kernel.now, region: kernel.region });
  add(createS3(kernel, s3));
  add(createSts(kernel));
  add(createIam(kernel));
  add(createEcr(kernel));
  add(createServiceQuotas(kernel, options.quotas));
  add(createSsm(kernel));
  const logs = add(createLogs(kernel));
  const owners = () => [grafana, lambda, ecs];
  const interfaces = () => owners().flatMap((owner) => owner.networkInterfaces());
  const passive = add(createPassive(kernel, { interfaces, patience: networkPatience }));
  const ec2 = add(createEc2(kernel, passive.registry, owners));
  const grafana: GrafanaModule = add(createGrafana(kernel, { ...options.grafana, network: ec2 }));
  const lambda: LambdaService = add(createLambda(kernel, options.lambda));
  const sns = add(createSns(kernel, { lambda }));
  add(createCloudWatch(kernel, { registry: passive.registry, logs, lambda, sns }));
  const states = add(createStates(kernel, { lambda }));
  add(createEvents(kernel, { lambda, sns, states }));
  const elb = add(createElb(kernel));
  const ecs: EcsModule = add(createEcs(kernel, { elb, network: ec2 }));
  const aps = add(createAps(kernel));
  const cloudFormation = add(createCloudFormation(kernel));
  const cloud: Cloud = {
    endpoint: kernel.endpoint,
    port: kernel.port,
    directory: kernel.directory,
    kernel,
    cloudFormation,
    lambda,
    sns,
    elb,
    grafana,
    ecs,
    aps,
    passive,
    s3,
    close: () => kernel.close(),
  };
  page.attach(cloud, { parts: () => partsOf(cloud), urls: () => urlsOf(cloud) });
  return cloud;
}
