import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudFormationService, createCloudFormation } from '../../../aws/cloudformation';
import { createEc2 } from '../../../aws/ec2';
import { createIam } from '../../../aws/iam';
import { createLogs } from '../../../aws/logs';
import { createPassive } from '../../../aws/passive';
import { createS3 } from '../../../aws/s3';
import type { S3Backend } from '../../../aws/s3/contracts';
import { createStandInS3 } from '../../../aws/s3/stand-in';
import { createSts } from '../../../aws/sts';
import { createKernel, type LocalKernel } from '../../../kernel/create-kernel';

type Storage = Parameters<typeof createStandInS3>[0];

/** The kernel with the services that CloudFormation stacks are made of, on a free port. */
export async function startControlPlane(
  now: () => Date = () => new Date(),
  startS3: (storage: Storage) => Promise<S3Backend> = async (storage) => createStandInS3(storage),
) {
  const state = await mkdtemp(join(tmpdir(), 'control-plane-'));
  const kernel = await createKernel({
    port: 0,
    directory: () => state,
    region: 'eu-west-1',
    accountId: '123456789012',
    now,
  });
  const s3 = await startS3({ directory: kernel.directory, now, region: kernel.region });
  kernel.register(createS3(kernel, s3));
  kernel.register(createSts(kernel));
  kernel.register(createIam(kernel));
  kernel.register(createLogs(kernel));
  const passive = createPassive(kernel);
  kernel.register(passive);
  kernel.register(createEc2(kernel, passive.registry));
  const cloudFormation: CloudFormationService = createCloudFormation(kernel);
  kernel.register(cloudFormation);
  const client = {
    endpoint: kernel.endpoint,
    region: kernel.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  return {
    kernel,
    s3,
    cloudFormation,
    client,
    close: async () => {
      await kernel.close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

export type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>;

/** A role with one inline policy, created as by a stack, and a service's credentials of it. */
export async function roleCredentials(
  kernel: LocalKernel,
  name: string,
  statements: readonly Record<string, string | string[] | Record<string, Record<string, string>>>[],
) {
  const handler = kernel.resourceHandlers().get('AWS::IAM::Role');
  if (handler === undefined) throw new Error('The cloud has no IAM.');
  const { attributes } = await handler.create({
    stackName: 'test',
    stackId: 'test',
    logicalId: name,
    type: 'AWS::IAM::Role',
    tags: {},
    properties: {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies:
        statements.length === 0
          ? []
          : [{ PolicyName: 'inline', PolicyDocument: { Version: '2012-10-17', Statement: [...statements] } }],
    },
  });
  return kernel.assumeRole(attributes?.['Arn'] ?? '', 'lambda.amazonaws.com', 'session');
}
