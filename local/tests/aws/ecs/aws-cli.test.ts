import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { freePorts } from '../../../kernel/free-ports';
import { startTestCloud, type TestCloud } from '../../support/test-cloud';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

const program = `require('node:http').createServer((_request, response) => response.end('fetched')).listen(process.env.PORT, process.env.HOST)`;

async function make(type: string, logicalId: string, properties: object): Promise<string> {
  const handler = cloud.kernel.resourceHandlers().get(type);
  const request = {
    stackName: 'demo',
    stackId: 'demo',
    logicalId,
    type,
    tags: {},
    properties: JSON.parse(JSON.stringify(properties)),
  };
  const made = await handler?.create(request);
  return made?.physicalId ?? '';
}

async function roleThat(name: string, statement: object): Promise<string> {
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } };
  await make('AWS::IAM::Role', name, {
    RoleName: name,
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
    Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [statement] } }],
  });
  return `arn:aws:iam::000000000000:role/${name}`;
}

/** A service whose program the aws-cli image downloads. Returns the load balancer's URL. */
async function serveFetched(name: string, taskRole: string, key: string): Promise<string> {
  const [port] = await freePorts(1);
  const lb = await make('AWS::ElasticLoadBalancingV2::LoadBalancer', 'Lb', { Subnets: ['a', 'b'] });
  const TargetGroupArn = await make('AWS::ElasticLoadBalancingV2::TargetGroup', 'Group', {
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: 'v',
  });
  await make('AWS::ElasticLoadBalancingV2::Listener', 'Listener', {
    LoadBalancerArn: lb,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  await make('AWS::ECS::Cluster', name, { ClusterName: name });
  const MountPoints = [{ SourceVolume: 'app', ContainerPath: '/app' }];
  const TaskDefinition = await make('AWS::ECS::TaskDefinition', 'Task', {
    Family: name,
    Cpu: '256',
    Memory: '512',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    TaskRoleArn: taskRole,
    Volumes: [{ Name: 'app' }],
    ContainerDefinitions: [
      {
        Name: 'fetch',
        Image: 'public.ecr.aws/aws-cli/aws-cli:2',
        Essential: false,
        MountPoints,
        Command: ['s3', 'cp', `s3://artifacts/${key}`, '/app/service.cjs', '--no-progress'],
      },
      {
        Name: 'app',
        Image: 'public.ecr.aws/docker/library/node:24',
        Command: ['node', '/app/service.cjs'],
        DependsOn: [{ ContainerName: 'fetch', Condition: 'SUCCESS' }],
        Environment: [
          { Name: 'PORT', Value: '8080' },
          { Name: 'HOST', Value: '0.0.0.0' },
        ],
        MountPoints,
        PortMappings: [{ ContainerPort: 8080 }],
      },
    ],
  });
  await make('AWS::ECS::Service', 'Service', {
    Cluster: name,
    TaskDefinition,
    DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: false } },
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['a'] } },
    LoadBalancers: [{ ContainerName: 'app', ContainerPort: 8080, TargetGroupArn }],
  });
  return `http://127.0.0.1:${port}`;
}

it('copies from S3 as the task’s role, and fails the rollout when that role may not', async () => {
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }));
  await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'a/service.cjs', Body: program }));
  s3.destroy();
  const reader = await roleThat('reader', {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::artifacts/a/*',
  });
  const url = await serveFetched('fetches', reader, 'a/service.cjs');
  expect(await (await fetch(url)).text()).toBe('fetched');
  const stranger = await roleThat('stranger', {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::other/*',
  });
  await expect(serveFetched('refused', stranger, 'a/service.cjs')).rejects.toThrow(
    /Task failed to start: fetch exited with code 1/,
  );
}, 20_000);
