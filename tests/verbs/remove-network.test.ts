import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateWorkspaceCommand, DescribeWorkspaceCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import { createStack } from '../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { tearDown } from '../../plugin/verbs/remove';
import { contextAt } from '../helpers/plugin-context';

/** A function in a VPC, like the tester, and how its network interfaces affect the stack's deletion. */
let cloud: TestCloud;
let client: CloudFormationClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = new CloudFormationClient(cloud.client);
});

afterAll(async () => {
  client?.destroy();
  await cloud?.close();
});

/** `rolesLast`: the role is deleted after subnet and security group, as in the stack's template. */
const vpcStack = (name: string, rolesLast: boolean) => {
  const last = rolesLast ? { DependsOn: 'TesterRole' } : {};
  return createStack(cloud, name, {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    PrivateSubnetA: {
      Type: 'AWS::EC2::Subnet',
      ...last,
      Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/24', AvailabilityZone: 'eu-west-1a' },
    },
    TesterSecurityGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      ...last,
      Properties: { VpcId: { Ref: 'Vpc' }, GroupDescription: 'The tester' },
    },
    TesterRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        Policies: [
          {
            PolicyName: 'function',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
            },
          },
        ],
      },
    },
    TesterLambdaFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { ZipFile: 'exports.handler = async () => undefined;' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: { 'Fn::GetAtt': ['TesterRole', 'Arn'] },
        VpcConfig: { SubnetIds: [{ Ref: 'PrivateSubnetA' }], SecurityGroupIds: [{ Ref: 'TesterSecurityGroup' }] },
      },
    },
  });
};

async function deleteStack(StackName: string): Promise<string | undefined> {
  const { Stacks: [before] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  const byId = { StackName: before?.StackId };
  await client.send(new DeleteStackCommand({ StackName }));
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand(byId));
    if (stack?.StackStatus !== 'DELETE_IN_PROGRESS') return stack?.StackStatus;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const interfaces = () => cloud.lambda.networkInterfaces();

it('the deletion fails when the role is deleted before the interfaces, and a second removal deletes them', async () => {
  await vpcStack('role-first', false);
  expect(interfaces()).toMatchObject([{ status: 'in-use', interfaceType: 'lambda' }]);
  expect(await deleteStack('role-first')).toBe('DELETE_FAILED');
  const [left] = interfaces();
  expect(left?.status).toBe('available');

  const { context, lines } = contextAt(cloud, 'role-first', { hasEndpoint: false, options: { yes: true } });
  await tearDown(context);
  expect(lines).toContain(`✔ the network interface ${left?.networkInterfaceId} was left behind and is deleted`);
  expect(interfaces()).toEqual([]);
  expect(await deleteStack('role-first')).toBe('DELETE_COMPLETE');
});

it('the deletion succeeds when the role stays until the interfaces are gone', async () => {
  await vpcStack('role-last', true);
  expect(interfaces()).toHaveLength(1);
  expect(await deleteStack('role-last')).toBe('DELETE_COMPLETE');
  expect(interfaces()).toEqual([]);
});

it('without a teardown machine the function is detached from the VPC first, and the removal waits for the interfaces', async () => {
  await vpcStack('no-machine', false);
  const { context, lines } = contextAt(cloud, 'no-machine', { hasEndpoint: false, options: { yes: true } });
  await tearDown(context);
  expect(lines).toContainEqual(expect.stringMatching(/TesterLambdaFunction-\w+ leaves the VPC/));
  expect(lines).toContainEqual(
    expect.stringMatching(/waiting for Lambda to let go of eni-\w+: this takes up to 45 minutes/),
  );
  expect(interfaces()).toEqual([]);
  expect(await deleteStack('no-machine')).toBe('DELETE_COMPLETE');
});

describe('a workspace in the VPC of a stack without a teardown machine', () => {
  const name = 'with-workspace';
  let grafana: GrafanaClient;
  let workspaceId: string | undefined;
  const status = async () =>
    (await grafana.send(new DescribeWorkspaceCommand({ workspaceId })).catch(() => undefined))?.workspace?.status;

  beforeAll(async () => {
    const subnet = (zone: string, third: number) => ({
      Type: 'AWS::EC2::Subnet',
      Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: `10.0.${third}.0/24`, AvailabilityZone: `eu-west-1${zone}` },
    });
    const trust = { Effect: 'Allow', Principal: { Service: 'grafana.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const ids = await createStack(
      cloud,
      name,
      {
        Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
        PrivateSubnetA: subnet('a', 0),
        PrivateSubnetB: subnet('b', 1),
        GrafanaSecurityGroup: {
          Type: 'AWS::EC2::SecurityGroup',
          Properties: { VpcId: { Ref: 'Vpc' }, GroupDescription: 'The workspace' },
        },
        Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [trust] } } },
      },
      {
        A: { Value: { Ref: 'PrivateSubnetA' } },
        B: { Value: { Ref: 'PrivateSubnetB' } },
        Group: { Value: { Ref: 'GrafanaSecurityGroup' } },
        Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
      },
    );
    grafana = new GrafanaClient({ ...cloud.client, maxAttempts: 10 });
    const { workspace } = await grafana.send(
      new CreateWorkspaceCommand({
        workspaceName: name,
        accountAccessType: 'CURRENT_ACCOUNT',
        permissionType: 'CUSTOMER_MANAGED',
        authenticationProviders: ['SAML'],
        workspaceRoleArn: ids['Role'],
        grafanaVersion: '12.4',
        vpcConfiguration: { subnetIds: [ids['A'] ?? '', ids['B'] ?? ''], securityGroupIds: [ids['Group'] ?? ''] },
        tags: { 'grafana-observability-stack': name },
      }),
    );
    workspaceId = workspace?.id;
    while ((await status()) !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 300));
  });
  afterAll(() => grafana?.destroy());

  const remove = () => {
    const { context, lines } = contextAt(cloud, name, {
      hasEndpoint: false,
      options: { yes: true },
      // AMG answers one such request a second.
      params: { waitSeconds: '0.5' },
      client: { maxAttempts: 10 },
    });
    return { done: tearDown(context), lines };
  };

  it('ends the removal if its deletion fails, because it keeps its interfaces', async () => {
    cloud.grafana.plant({ kind: 'becomes', operation: 'DeleteWorkspace', status: 'DELETION_FAILED' });
    await expect(remove().done).rejects.toMatchObject({
      name: 'WorkspaceNotDeleted',
      message: expect.stringMatching(new RegExp(`${workspaceId} is DELETION_FAILED.*Delete it in the AMG console`)),
    });
    expect(cloud.grafana.networkInterfaces()).toHaveLength(2);
  });

  it('is waited for until AMG has deleted its interfaces, of which the removal deletes none', async () => {
    const { done, lines } = remove();
    await done;
    expect(lines).toContain(`✔ the workspace ${workspaceId} is being deleted`);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /waiting for Amazon Managed Grafana to let go of eni-\w+, eni-\w+: this takes up to 45 minutes/,
      ),
    );
    expect(lines.filter((line) => /was left behind/.test(line))).toEqual([]);
    expect(cloud.grafana.networkInterfaces()).toEqual([]);
    expect(await deleteStack(name)).toBe('DELETE_COMPLETE');
  });
});
