import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { connectEcs } from '../../../../functions/adapters/ecs';
import { createEcs, type EcsModule } from '../../../aws/ecs';
import { createElb, type ElbService } from '../../../aws/elb';
import type { JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, handlerOf, resource, startComputeCloud } from '../support/compute-cloud';

const NODE = 'public.ecr.aws/docker/library/node:24-slim';
const ELB = 'AWS::ElasticLoadBalancingV2';
/** A server that answers with its identity, and stops as its environment says. */
const SERVER = `
const { readFileSync, existsSync } = require('node:fs');
const text = process.env.FILE && existsSync(process.env.FILE) ? readFileSync(process.env.FILE, 'utf8') : '';
process.on('SIGTERM', () => { console.log('got SIGTERM'); if (!process.env.STUBBORN) server.close(() => process.exit(0)); });
const server = require('node:http').createServer(async (request, response) => {
  response.setHeader('connection', 'close');
  if (request.url === '/crash') process.exit(7);
  if (request.url === '/credentials') {
    const answer = await fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, { headers: { authorization: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN } });
    return response.end(await answer.text());
  }
  if (request.url === '/task') return response.end(await (await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task')).text());
  response.end(JSON.stringify({ pid: process.pid, text, version: process.env.VERSION, env: process.env, args: process.argv }));
});
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening'));
`;

interface Answer {
  readonly pid: number;
  readonly text: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

let cloud: ComputeCloud;
let elb: ElbService;
let ecs: EcsModule;
let client: ECSClient;
let made = 0;
/** Milliseconds by which the cloud's clock is ahead of this machine's. */
let ahead = 0;

beforeAll(async () => {
  cloud = await startComputeCloud(() => new Date(Date.now() + ahead));
  elb = createElb(cloud.kernel);
  ecs = createEcs(cloud.kernel, { elb, network: { subnet: () => undefined } });
  cloud.kernel.register(elb);
  cloud.kernel.register(ecs);
  cloud.role('execution', 'ecs-tasks.amazonaws.com', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
  cloud.role('task', 'ecs-tasks.amazonaws.com');
  await create(ecs, 'AWS::ECS::Cluster', 'Cluster', { ClusterName: 'demo' });
  client = new ECSClient(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const variables = (values: Record<string, string>): JsonObject[] =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));

const server = (environment: Record<string, string> = {}, more: JsonObject = {}): JsonObject => ({
  Name: 'app',
  Image: NODE,
  Command: ['node', '-e', SERVER],
  PortMappings: [{ ContainerPort: 8080 }],
  Environment: variables({ PORT: '8080', HOST: '0.0.0.0', ...environment }),
  LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': '/ecs/app', 'awslogs-stream-prefix': 'task' } },
  ...more,
});

async function define(containers: JsonObject[], more: JsonObject = {}): Promise<string> {
  const { ref } = await create(ecs, 'AWS::ECS::TaskDefinition', 'Task', {
    Family: 'demo',
    Cpu: '256',
    Memory: '512',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/execution',
    TaskRoleArn: 'arn:aws:iam::000000000000:role/task',
    ContainerDefinitions: containers,
    ...more,
  });
  return ref;
}

async function balancer(): Promise<{ group: string; url: string }> {
  const { ref: lb } = await create(elb, `${ELB}::LoadBalancer`, 'Lb', { Subnets: ['a', 'b'] });
  const { ref: group } = await create(elb, `${ELB}::TargetGroup`, 'Group', {
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: 'vpc',
    TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }],
  });
  const port = await freePort();
  const DefaultActions = [{ Type: 'forward', TargetGroupArn: group }];
  await create(elb, `${ELB}::Listener`, 'Listener', {
    LoadBalancerArn: lb,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions,
  });
  return { group, url: `http://127.0.0.1:${port}` };
}

function properties(definition: string, more: JsonObject = {}): JsonObject {
  return {
    Cluster: 'demo',
    ServiceName: `service-${made}`,
    TaskDefinition: definition,
    LaunchType: 'FARGATE',
    DesiredCount: 1,
    DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['a'] } },
    ...more,
  };
}

/** A service of one task behind a load balancer, steady. */
async function service(containers: JsonObject[], more: JsonObject = {}, task: JsonObject = {}) {
  made += 1;
  const { group, url } = await balancer();
  const LoadBalancers = [{ ContainerName: 'app', ContainerPort: 8080, TargetGroupArn: group }];
  const given = properties(await define(containers, task), { LoadBalancers, ...more });
  const { ref, attributes } = await create(ecs, 'AWS::ECS::Service', 'Service', given);
  const update = (definition: string, changes: JsonObject = {}) =>
    handlerOf(ecs, 'AWS::ECS::Service').update?.({
      ...resource('AWS::ECS::Service', 'Service', { ...given, ...changes, TaskDefinition: definition }, ref),
      previousProperties: given,
    });
  const remove = () => handlerOf(ecs, 'AWS::ECS::Service').delete(resource('AWS::ECS::Service', 'Service', given, ref));
  return {
    name: attributes['Name'] ?? '',
    url,
    update,
    remove,
    ask: async (path = '/') => (await (await fetch(url + path)).json()) as Answer,
  };
}

async function describeService(name: string) {
  const { services } = await client.send(new DescribeServicesCommand({ cluster: 'demo', services: [name] }));
  return services?.[0];
}

async function until<Value>(look: () => Promise<Value | undefined | false>): Promise<Value> {
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a service', () => {
  it('starts its containers in order, and is steady when its target is healthy', async () => {
    process.env['LEAK_CANARY'] = 'must not be seen';
    const init = {
      Name: 'init',
      Image: NODE,
      Essential: false,
      Command: ['node', '-e', "require('node:fs').writeFileSync(process.env.FILE, 'from init')"],
      Environment: variables({ FILE: '/shared/note.txt' }),
      MountPoints: [{ SourceVolume: 'shared', ContainerPath: '/shared' }],
    };
    const app = server(
      { FILE: '/shared/note.txt', SELF: 'http://localhost:8080/x' },
      {
        DependsOn: [{ ContainerName: 'init', Condition: 'SUCCESS' }],
        MountPoints: [{ SourceVolume: 'shared', ContainerPath: '/shared', ReadOnly: true }],
      },
    );
    const { ask, name } = await service([init, app], {}, { Volumes: [{ Name: 'shared' }] });
    const seen = await ask();
    expect(seen.text).toBe('from init');
    expect(seen.env).toMatchObject({
      HOST: '127.0.0.1',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: cloud.kernel.endpoint,
    });
    expect(seen.env.SELF).toBe(`http://localhost:${seen.env.PORT}/x`);
    expect(seen.env.LEAK_CANARY).toBeUndefined();
    const credentials = await ask('/credentials');
    expect(credentials).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA/),
      RoleArn: expect.stringContaining('role/task'),
    });
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '' } = seen.env;
    expect((await fetch(uri, { headers: { authorization: 'guess' } })).status).toBe(403);
    const task = await ask('/task');
    expect(task).toMatchObject({ Family: 'demo', TaskARN: expect.stringMatching(/task\/demo\/[0-9a-f]{32}$/) });
    expect(await describeService(name)).toMatchObject({
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 1,
      deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', failedTasks: 0 }],
      events: [{ message: `(service ${name}) has reached a steady state.` }, {}, {}, {}],
    });
    expect(cloud.logs).toContainEqual({
      group: '/ecs/app',
      stream: expect.stringMatching(/^task\/app\/[0-9a-f]{32}$/),
      message: 'listening',
    });
    expect(ecs.processes()).toContainEqual(
      expect.objectContaining({
        service: name,
        container: 'app',
        pid: seen.pid,
        kind: 'real',
        label: expect.stringMatching(/^Node /),
      }),
    );
  });

  it("reuses the credentials of the task's role until they expire by the cloud's clock, then issues new ones", async () => {
    const { ask } = await service([server()]);
    const lent = await ask('/credentials');
    expect(await ask('/credentials')).toEqual(lent);
    ahead = 7 * 3_600_000;
    const later = await ask('/credentials');
    ahead = 0;
    expect(later).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) });
    expect(later).not.toEqual(lent);
  });

  it('replaces a task that has ended', async () => {
    const { ask, name, url } = await service([server()]);
    const before = await ask();
    await fetch(`${url}/crash`).catch(() => undefined);
    const after = await until(async () => {
      const answer = await ask();
      return answer.pid !== before.pid && answer;
    });
    expect(after.pid).not.toBe(before.pid);
    const { taskArns } = await client.send(
      new ListTasksCommand({ cluster: 'demo', serviceName: name, desiredStatus: 'STOPPED' }),
    );
    const { tasks } = await client.send(new DescribeTasksCommand({ cluster: 'demo', tasks: taskArns }));
    expect(tasks?.[0]).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'app', exitCode: 7, lastStatus: 'STOPPED' }],
    });
  });

  it('rolls to a new revision without a failed request', async () => {
    const { ask, update } = await service([server({ VERSION: 'old' })]);
    expect((await ask()).version).toBe('old');
    const versions: string[] = [];
    let rolling = true;
    const traffic = (async () => {
      while (rolling) versions.push((await ask()).version);
    })();
    await update(await define([server({ VERSION: 'new' })]));
    rolling = false;
    await traffic;
    expect((await ask()).version).toBe('new');
    // A 502 or 503 is not JSON, so the traffic would have thrown.
    expect(versions).toContain('old');
    expect(versions.filter((version) => version !== 'old' && version !== 'new')).toEqual([]);
  });

  it('with minimum 0 and maximum 100 ends the old task before it starts the new one', async () => {
    const DeploymentConfiguration = { MinimumHealthyPercent: 0, MaximumPercent: 100 };
    const { ask, update } = await service([server({ VERSION: 'old' })], { DeploymentConfiguration });
    const { pid } = await ask();
    const marker = `if (process.env.OLD_ALIVE = (() => { try { process.kill(${pid}, 0); return 'yes' } catch { return 'no' } })()) {}\n${SERVER}`;
    await update(await define([server({}, { Command: ['node', '-e', marker] })]));
    expect((await ask()).env.OLD_ALIVE).toBe('no');
  });

  it('tells of each task’s address, zone and tags, and answers there at the port of its definition', async () => {
    const { name } = await service([server()], {
      DesiredCount: 2,
      PropagateTags: 'SERVICE',
      Tags: [{ Key: 'team', Value: 'shop' }],
    });
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster: 'demo', serviceName: name }));
    const { tasks = [] } = await client.send(
      new DescribeTasksCommand({ cluster: 'demo', tasks: taskArns, include: ['TAGS'] }),
    );
    expect(tasks).toHaveLength(2);
    const addresses = tasks.map(({ attachments = [], availabilityZone, tags }) => {
      expect({ availabilityZone, tags }).toEqual({
        availabilityZone: `${cloud.kernel.region}a`,
        tags: [{ key: 'team', value: 'shop' }],
      });
      const [{ type, details = [] } = {}] = attachments;
      expect(type).toBe('ElasticNetworkInterface');
      const told = Object.fromEntries(details.map((detail) => [detail.name, detail.value]));
      expect(told).toMatchObject({ subnetId: 'a', networkInterfaceId: expect.stringMatching(/^eni-[0-9a-f]{17}$/) });
      return told['privateIPv4Address'];
    });
    // Only Linux has all of 127.0.0.0/8.
    if (process.platform !== 'linux') return;
    const answers = await Promise.all(
      addresses.map(async (address) => (await (await fetch(`http://${address}:8080/`)).json()) as Answer),
    );
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
  });

  it('is scaled, and stops a task on request with the given reason', async () => {
    const { name } = await service([server()]);
    await client.send(new UpdateServiceCommand({ cluster: 'demo', service: name, desiredCount: 2 }));
    await until(async () => (await describeService(name))?.runningCount === 2);
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster: 'demo', serviceName: name }));
    expect(taskArns).toHaveLength(2);
    await client.send(new StopTaskCommand({ cluster: 'demo', task: taskArns[0], reason: 'by hand' }));
    const stopped = await until(async () => {
      const { tasks } = await client.send(new DescribeTasksCommand({ cluster: 'demo', tasks: [taskArns[0] ?? ''] }));
      return tasks?.[0]?.lastStatus === 'STOPPED' && tasks[0];
    });
    expect([stopped.stopCode, stopped.stoppedReason]).toEqual(['UserInitiated', 'by hand']);
  });

  it('leaves no process when it is deleted: SIGTERM first, SIGKILL after the stop timeout, children too', async () => {
    const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }); process.env.CHILD = String(child.pid);\n${SERVER}`;
    const { ask, remove } = await service([
      server({ STUBBORN: 'yes' }, { Command: ['node', '-e', parent], StopTimeout: 1 }),
    ]);
    const { env, pid } = await ask();
    expect([alive(pid), alive(Number(env.CHILD))]).toEqual([true, true]);
    await remove();
    expect([alive(pid), alive(Number(env.CHILD))]).toEqual([false, false]);
    expect(cloud.logs.map(({ message }) => message)).toContain('got SIGTERM');
  });
});

// aws-facts: desired-count, minimum-capacity
describe('how many tasks run', () => {
  const desired = async (name: string) => (await describeService(name))?.desiredCount;
  const scalable = (name: string, MinCapacity: number, MaxCapacity: number) =>
    create(ecs, 'AWS::ApplicationAutoScaling::ScalableTarget', 'Scaling', {
      ServiceNamespace: 'ecs',
      ScalableDimension: 'ecs:service:DesiredCount',
      ResourceId: `service/demo/${name}`,
      MinCapacity,
      MaxCapacity,
    });

  it('is one when the template has no desired count, and a deploy keeps the scaled number', async () => {
    const { name, update } = await service([server({ VERSION: '1' })], { DesiredCount: undefined });
    expect(await desired(name)).toBe(1);
    await client.send(new UpdateServiceCommand({ cluster: 'demo', service: name, desiredCount: 2 }));
    await update(await define([server({ VERSION: '2' })]), { DesiredCount: undefined });
    expect(await desired(name)).toBe(2);
  });

  it('is the desired count of the template after every update that has one', async () => {
    const { name, update } = await service([server({ VERSION: '1' })]);
    await client.send(new UpdateServiceCommand({ cluster: 'demo', service: name, desiredCount: 2 }));
    await update(await define([server({ VERSION: '2' })]));
    expect(await desired(name)).toBe(1);
  });

  it('is brought within the bounds of a scalable target, except for a stopped service', async () => {
    const { name } = await service([server()], { DesiredCount: undefined });
    await scalable(name, 2, 3);
    expect(await desired(name)).toBe(2);
    await client.send(new UpdateServiceCommand({ cluster: 'demo', service: name, desiredCount: 0 }));
    await scalable(name, 2, 3);
    expect(await desired(name)).toBe(0);
  });

  it('cannot be scaled for a service that does not exist', async () => {
    await expect(scalable('nobody', 1, 2)).rejects.toThrow(/service\/demo\/nobody/);
  });
});

describe('a rollout that cannot succeed', () => {
  it('fails the stack’s resource with the task’s own reason after three tasks', async () => {
    const broken = server({}, { Command: ['node', '-e', 'console.error("no bucket"); process.exit(3)'] });
    await expect(service([broken])).rejects.toThrow(
      /Circuit Breaker was triggered.*Essential container in task exited; app: exit code 3/,
    );
    const described = await describeService(`service-${made}`);
    expect(described?.deployments?.[0]).toMatchObject({ rolloutState: 'FAILED', failedTasks: 3 });
    expect(described?.events?.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('deployment failed: tasks failed to start'),
    );
  });

  it('rolls back to the previous revision', async () => {
    const { ask, name, update } = await service([server({ VERSION: 'good' })]);
    const bad = await define([server({}, { Command: ['node', '-e', 'process.exit(3)'] })]);
    await expect(update(bad)).rejects.toThrow(/Circuit Breaker/);
    await until(async () => (await describeService(name))?.deployments?.[0]?.rolloutState === 'COMPLETED');
    expect((await ask()).version).toBe('good');
  });

  it.each([
    [
      'an init container that fails',
      [
        { Name: 'init', Image: NODE, Essential: false, Command: ['node', '-e', 'process.exit(9)'] },
        server({}, { DependsOn: [{ ContainerName: 'init', Condition: 'SUCCESS' }] }),
      ],
      {},
      /Task failed to start: init exited with code 9/,
    ],
    [
      'a task role that ECS may not assume',
      [server()],
      { TaskRoleArn: 'arn:aws:iam::000000000000:role/unknown' },
      /ECS was unable to assume the role/,
    ],
    [
      'an execution role that may not log',
      [server()],
      { ExecutionRoleArn: 'arn:aws:iam::000000000000:role/task' },
      /ResourceInitializationError: failed to validate logger args/,
    ],
  ])('has the reason for %s', async (_title, containers, task, message) => {
    await expect(service(containers as JsonObject[], {}, task)).rejects.toThrow(message);
  });
});

describe('a task definition is refused', () => {
  it.each([
    ['secrets', [server({}, { Secrets: [{ Name: 'A', ValueFrom: 'arn' }] })], /Secrets/],
    [
      'an image without a program here',
      [server({}, { Image: 'docker.io/library/postgres:17' })],
      /no program for the image docker\.io\/library\/postgres:17/,
    ],
    ['a stop timeout that Fargate does not give', [server({}, { StopTimeout: 121 })], /120 seconds at most/],
    [
      'a dependency on an unknown container',
      [server({}, { DependsOn: [{ ContainerName: 'x', Condition: 'START' }] })],
      /app depends on x/,
    ],
    [
      'an unknown volume',
      [server({}, { MountPoints: [{ SourceVolume: 'x', ContainerPath: '/x' }] })],
      /unknown volume x/,
    ],
  ])('for %s', async (_title, containers, message) => {
    await expect(define(containers)).rejects.toThrow(message);
  });
});

it('lists an unknown service under failures, with HTTP 200', async () => {
  const answer = await client.send(new DescribeServicesCommand({ cluster: 'demo', services: ['nobody'] }));
  expect(answer.services).toEqual([]);
  expect(answer.failures).toEqual([
    { arn: 'arn:aws:ecs:eu-west-1:000000000000:service/demo/nobody', reason: 'MISSING' },
  ]);
  await expect(
    client.send(new DescribeServicesCommand({ cluster: 'none', services: ['nobody'] })),
  ).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
  });
});

it('describes ten services a call, and the setup asks for more in several', async () => {
  const names = Array.from({ length: 11 }, (_, index) => `nobody-${index}`);
  await expect(client.send(new DescribeServicesCommand({ cluster: 'demo', services: names }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const { failures, services } = await connectEcs(client).describe('demo', names);
  expect([failures.length, services.length]).toEqual([11, 0]);
});
