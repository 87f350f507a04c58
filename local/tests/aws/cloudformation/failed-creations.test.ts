import { CloudFormationClient, DeleteStackCommand, waitUntilStackDeleteComplete } from '@aws-sdk/client-cloudformation';
import { leftoversIn } from '../../../cli/leftovers';
import { createStack } from '../../support/create-stack';
import { startTestCloud, type TestCloud } from '../../support/test-cloud';

/** A resource whose creation fails half-way leaves nothing behind, so the stack rolls back and can be created again. */
let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud?.close());

const node = 'public.ecr.aws/docker/library/node:24';

const service = (code: string) => ({
  Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'demo' } },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/demo' } },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Family: 'demo',
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      // As in the real task, the first container has to succeed before the second starts.
      ContainerDefinitions: [
        { Name: 'render', Image: node, Command: ['node', '-e', code], Essential: false },
        {
          Name: 'app',
          Image: node,
          Command: ['node', '-e', 'setInterval(() => {}, 1000)'],
          Essential: true,
          DependsOn: [{ ContainerName: 'render', Condition: 'SUCCESS' }],
        },
      ],
    },
  },
  Service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      Cluster: { Ref: 'Cluster' },
      ServiceName: 'demo',
      TaskDefinition: { Ref: 'Task' },
      DesiredCount: 1,
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'] } },
    },
  },
});

async function deleteStack(StackName: string): Promise<void> {
  const client = new CloudFormationClient(cloud.client);
  await client.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.2 }, { StackName });
  client.destroy();
}

it.each<[string, object, object]>([
  [
    'a service whose task crashes when it starts',
    service(`console.error('BUCKET_NAME is missing'); process.exit(1)`),
    service(''),
  ],
  [
    'a bucket with a setting that S3 does not know',
    {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: { BucketName: 'demo-b', VersioningConfiguration: { Status: 'On' } },
      },
    },
    { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'demo-b' } } },
  ],
])('%s', async (_what, broken, mended) => {
  const status = (name: string) => cloud.cloudFormation.stacks.findActive(name)?.status;
  const name = `stack-${Object.keys(broken).length}`;
  await createStack(cloud, `broken-${name}`, broken);
  expect(status(`broken-${name}`)).toBe('ROLLBACK_COMPLETE');
  expect((await leftoversIn(cloud)).filter((left) => !left.startsWith('stack '))).toEqual([]);
  await createStack(cloud, name, mended);
  expect(status(name)).toBe('CREATE_COMPLETE');
  await deleteStack(name);
});
