import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createEc2 } from '../../../aws/ec2';
import { createEcs, type EcsModule } from '../../../aws/ecs';
import { createElb } from '../../../aws/elb';
import { decodeWrite, type TimeSeries } from '../../../engines/wire/remote-write';
import type { JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, startComputeCloud } from '../../aws/support/compute-cloud';
import { kindsHere, resolveKind, startEngine, until } from './support/engine';

/** An agent with the scraper's configuration finds the tasks of the local ECS and scrapes them. */
jest.setTimeout(120_000);

const { scraperConfig } = createRequire(__filename)('../../../../resources/config/scraper.js') as {
  scraperConfig(services: readonly object[]): string;
};

const METRICS = `
require('node:http').createServer((request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.end(request.url === '/internal/metrics' ? '# TYPE orders_total counter\\norders_total 3\\n' : '');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

let cloud: ComputeCloud;
let ecs: EcsModule;
const written: TimeSeries[] = [];
const store = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  written.push(...decodeWrite(Buffer.concat(chunks)).series);
  response.writeHead(200).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  cloud = await startComputeCloud();
  const ec2 = createEc2(cloud.kernel, { find: () => undefined, list: () => [] } as never, () => [ecs]);
  ecs = createEcs(cloud.kernel, { elb: createElb(cloud.kernel), network: ec2 });
  cloud.kernel.register(ecs);
  cloud.kernel.register(ec2);
  await create(ecs, 'AWS::ECS::Cluster', 'Cluster', { ClusterName: 'shop' });
  await service('checkout', 2);
  await service('unlisted', 1);
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  store.closeAllConnections();
  store.close();
});

async function service(name: string, tasks: number): Promise<void> {
  const container: JsonObject = {
    Name: 'app',
    Image: 'public.ecr.aws/docker/library/node:24-slim',
    Command: ['node', '-e', METRICS],
    PortMappings: [{ ContainerPort: 9464 }],
    Environment: [{ Name: 'PORT', Value: '9464' }],
  };
  const { ref } = await create(ecs, 'AWS::ECS::TaskDefinition', `${name}Task`, {
    Family: name,
    Cpu: '256',
    Memory: '512',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    ContainerDefinitions: [container],
  });
  await create(ecs, 'AWS::ECS::Service', name, {
    Cluster: 'shop',
    ServiceName: name,
    TaskDefinition: ref,
    LaunchType: 'FARGATE',
    DesiredCount: tasks,
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-a'] } },
  });
}

it.each(kindsHere('prometheus'))('every task of the listed service is scraped, and no other (%s)', async (kind) => {
  written.length = 0;
  const listed = {
    name: 'checkout-service',
    interval: 1,
    metrics: { ecs: { cluster: 'shop', service: 'checkout', port: 9464, path: '/internal/metrics' } },
  };
  const agent = await startEngine(await resolveKind('prometheus', kind), {
    template: scraperConfig([listed]),
    variables: {
      PROMETHEUS_PORT: '9',
      CLUSTER_ARN_PREFIX: `arn:aws:ecs:${cloud.kernel.region}:${cloud.kernel.accountId}:cluster/`,
      DISCOVERY_INTERVAL: '1s',
      REMOTE_WRITE_URL: `http://127.0.0.1:${(store.address() as AddressInfo).port}/api/v1/remote_write`,
      AWS_REGION: cloud.kernel.region,
      STAGE: 'test',
    },
    env: {
      AWS_ENDPOINT_URL: cloud.kernel.endpoint,
      AWS_ACCESS_KEY_ID: cloud.client.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.client.credentials.secretAccessKey,
    },
    args: ({ configFile: file, directory: own, ports }) => [
      '--agent',
      `--config.file=${file}`,
      `--storage.agent.path=${own}/data`,
      `--web.listen-address=127.0.0.1:${ports['HTTP_PORT']}`,
    ],
  });
  try {
    const orders = () => written.filter(({ labels }) => labels['__name__'] === 'orders_total');
    await until('both tasks', async () => new Set(orders().map(({ labels }) => labels['task'])).size === 2);
    expect(new Set(orders().map(({ labels }) => labels['job']))).toEqual(new Set(['checkout-service']));
    expect(orders()[0]?.labels).toMatchObject({
      stage: 'test',
      task: expect.stringMatching(/^[0-9a-f]{32}$/),
      instance: expect.stringMatching(/^127\.\d+\.\d+\.\d+:9464$/),
    });
  } finally {
    await agent.stop();
  }
});
