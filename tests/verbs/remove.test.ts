import { PassThrough, Readable } from 'node:stream';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateWorkspaceCommand, DescribeWorkspaceCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import { ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createStack } from '../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { remains, tearDown } from '../../plugin/verbs/remove';
import { confirmRemoval } from '../../plugin/verbs/remove-confirmation';
import { contextAt } from '../helpers/plugin-context';

/** `sls remove` before the stack's deletion: its confirmation, and its work for a stack without a teardown machine. */
let cloud: TestCloud;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
});

afterAll(async () => {
  s3?.destroy();
  await cloud?.close();
});

const bucketStack = (name: string, policy?: 'Delete' | 'RetainExceptOnCreate') =>
  createStack(
    cloud,
    name,
    {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        ...(policy && { DeletionPolicy: policy }),
        Properties: { VersioningConfiguration: { Status: 'Enabled' } },
      },
    },
    { BucketName: { Value: { Ref: 'Bucket' } } },
  );

const versionsIn = async (Bucket: string): Promise<number> => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return Versions.length + DeleteMarkers.length;
};

it('without a terminal deletes no data, and prints how to confirm', async () => {
  await bucketStack('asking-stack');
  const { context } = contextAt(cloud, 'asking-stack', { hasEndpoint: false });
  await expect(tearDown(context)).rejects.toMatchObject({
    name: 'NotConfirmed',
    message: expect.stringContaining('all its buckets'),
  });
});

describe('at a stage with its own endpoint', () => {
  const what = 'the workspace of local-stack';
  const answering = (text: string) => Readable.from(text === '' ? [] : [text]);

  it.each(['n\n', 'no', '\n', 'yess\n', 'y es\n'])('%j on stdin means no', async (text) => {
    const { context } = contextAt(cloud, 'local-stack');
    await expect(confirmRemoval(context, what, answering(text))).rejects.toMatchObject({
      name: 'NotConfirmed',
      message: expect.stringContaining('Nothing was deleted'),
    });
  });

  it.each(['y\n', 'YES\n', 'yes', ''])('%j on stdin lets the removal go on', async (text) => {
    await confirmRemoval(contextAt(cloud, 'local-stack').context, what, answering(text));
  });

  it('ends when stdin has no answer, and does not read stdin with --yes', async () => {
    const open = new PassThrough();
    await confirmRemoval(contextAt(cloud, 'local-stack').context, what, open);
    open.write('n\n');
    await confirmRemoval(contextAt(cloud, 'local-stack', { options: { yes: true } }).context, what, open);
  });
});

it('empties the buckets, versions too, of a stack that was never deployed as far as its teardown machine', async () => {
  const { BucketName: Bucket = '' } = await bucketStack('half-stack', 'Delete');
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'lost', Body }));
  expect(await versionsIn(Bucket)).toBe(2);
  const { context, lines } = contextAt(cloud, 'half-stack', { hasEndpoint: false, options: { yes: true } });
  await expect(tearDown(context)).resolves.toEqual({ keepsData: false, resources: [], buckets: [Bucket] });
  expect(lines).toEqual([
    expect.stringContaining('has no teardown machine'),
    `✔ ${Bucket}: 2 objects and versions deleted`,
  ]);
  expect(await versionsIn(Bucket)).toBe(0);
});

it('removes what blocks the deletion of a stack whose teardown machine is already gone', async () => {
  const { BucketName: Bucket = '' } = await createStack(
    cloud,
    'stuck-stack',
    { Bucket: { Type: 'AWS::S3::Bucket', Properties: {} } },
    {
      BucketName: { Value: { Ref: 'Bucket' } },
      TeardownStateMachineArn: { Value: `arn:aws:states:eu-west-1:000000000000:stateMachine:gone` },
    },
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'written after the teardown' }));
  const cloudFormation = new CloudFormationClient(cloud.client);
  const status = async () => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'stuck-stack' }));
    return Stacks?.[0]?.StackStatus;
  };
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'stuck-stack' }));
  while ((await status()) === 'DELETE_IN_PROGRESS') await new Promise((resolve) => setImmediate(resolve));
  expect(await status()).toBe('DELETE_FAILED');
  const { context, lines } = contextAt(cloud, 'stuck-stack', { hasEndpoint: false, options: { yes: true } });
  await tearDown(context);
  expect(lines).toEqual([
    expect.stringContaining('cleared without its machine'),
    `✔ ${Bucket}: 1 objects and versions deleted`,
  ]);
  cloudFormation.destroy();
});

describe('what becomes of the data', () => {
  it.each([
    ['keeps', 'RetainExceptOnCreate', 'false', 1],
    ['deletes', 'Delete', 'true', 0],
  ] as const)(
    '%s it as the stack was deployed (%s), whatever the stage says today (%s)',
    async (verb, policy, today, left) => {
      const name = `${verb}-stack`;
      const { BucketName: Bucket = '' } = await bucketStack(name, policy);
      await s3.send(new PutObjectCommand({ Bucket, Key: 'data', Body: 'one' }));
      const params = { keepData: today };
      const asked = contextAt(cloud, name, { hasEndpoint: false, params });
      await expect(tearDown(asked.context)).rejects.toMatchObject({
        name: 'NotConfirmed',
        message: expect.stringContaining(
          left === 1 ? 'exported first; buckets and metrics are kept).' : 'all its buckets',
        ),
      });
      const { context } = contextAt(cloud, name, { hasEndpoint: false, params, options: { yes: true } });
      const kept = await tearDown(context);
      expect(await versionsIn(Bucket)).toBe(left);
      expect(kept?.keepsData).toBe(left === 1);
      const told = remains(kept ?? { keepsData: false, resources: [], buckets: [] }).join(' ');
      if (left === 1) expect(told).toMatch(new RegExp(`billed .*docs/cost.md\\):\\s+bucket ${Bucket} `));
      else expect(told).not.toContain('billed');
    },
  );

  it.each([
    ['RetainExceptOnCreate', 'true', 'false'],
    ['Delete', 'false', 'true'],
  ] as const)('is not changed by the command line of a removal: %s', async (policy, deployed, typed) => {
    const name = `typed-${typed}-stack`;
    const { BucketName: Bucket = '' } = await bucketStack(name, policy);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'data', Body: 'one' }));
    const asking = (value: string) =>
      contextAt(cloud, name, { hasEndpoint: false, options: { yes: true, param: [`keepData=${value}`] } }).context;
    await expect(tearDown(asking(typed))).rejects.toMatchObject({
      name: 'KeepDataDiffers',
      message: expect.stringMatching(
        new RegExp(
          `was deployed with keepData=${deployed}.*sls deploy --stage test --no-setup --param="keepData=${typed}"`,
        ),
      ),
    });
    expect(await versionsIn(Bucket)).toBe(1);
    await expect(tearDown(asking(deployed))).resolves.toMatchObject({ keepsData: deployed === 'true' });
  });
});

it('has nothing to do without a stack', async () => {
  const { context, lines } = contextAt(cloud, 'no-stack');
  await expect(tearDown(context)).resolves.toBeUndefined();
  expect(lines).toEqual(['There is no stack no-stack: nothing to remove.']);
});

it.each([
  ['keeps its data: it was not exported', 'RetainExceptOnCreate', 'kept-workspace', 'ACTIVE'],
  ['deletes its data', 'Delete', 'lost-workspace', undefined],
] as const)('a workspace without a machine to export it, where the stack %s', async (_, policy, name, becomes) => {
  const trust = { Effect: 'Allow', Principal: { Service: 'grafana.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role = '' } = await createStack(
    cloud,
    name,
    {
      Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: policy, Properties: {} },
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [trust] } } },
    },
    { Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  );
  const grafana = new GrafanaClient({ ...cloud.client, maxAttempts: 10 });
  const { workspace: { id: workspaceId } = {} } = await grafana.send(
    new CreateWorkspaceCommand({
      workspaceName: name,
      accountAccessType: 'CURRENT_ACCOUNT',
      permissionType: 'CUSTOMER_MANAGED',
      authenticationProviders: ['SAML'],
      workspaceRoleArn: Role,
      grafanaVersion: '12.4',
      tags: { 'grafana-observability-stack': name },
    }),
  );
  const status = async () =>
    (await grafana.send(new DescribeWorkspaceCommand({ workspaceId })).catch(() => undefined))?.workspace?.status;
  // AMG answers five of these a second.
  while ((await status()) !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 300));
  const { context, lines } = contextAt(cloud, name, { hasEndpoint: false, options: { yes: true } });
  const refused = { name: 'WorkspaceNotExported', message: expect.stringMatching(/still there.*Nothing was deleted/) };
  if (becomes === 'ACTIVE') await expect(tearDown(context)).rejects.toMatchObject(refused);
  else {
    await tearDown(context);
    expect(lines).toContain(`✔ the workspace ${workspaceId} is being deleted`);
  }
  expect((await status()) === 'ACTIVE').toBe(becomes === 'ACTIVE');
  grafana.destroy();
});
