import { CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { CreateServiceLinkedRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { JsonObject } from '../../../kernel/contracts';
import { type ControlPlane, startControlPlane } from '../../kernel/support/control-plane';

let plane: ControlPlane;
let iam: IAMClient;
let cloudFormation: CloudFormationClient;
beforeAll(async () => {
  plane = await startControlPlane();
  iam = new IAMClient(plane.client);
  cloudFormation = new CloudFormationClient(plane.client);
});
afterAll(async () => {
  iam.destroy();
  cloudFormation.destroy();
  await plane.close();
});

const trust = (service: string, condition?: JsonObject) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      ...(condition !== undefined && { Condition: condition }),
    },
  ],
});
const policy = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
});

async function deploy(StackName: string, Resources: JsonObject): Promise<string> {
  const TemplateBody = JSON.stringify({ Resources });
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
  );
  for (;;) {
    const stack = plane.cloudFormation.stacks.findActive(StackName);
    if (stack !== undefined && !stack.busy) return stack.status;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
async function reasons(StackName: string): Promise<string> {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason ?? '').join('\n');
}

it('a role has inline policies, policies of separate resources and managed policies', async () => {
  const status = await deploy('roles', {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'worker',
        AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
        Policies: [{ PolicyName: 'inline', PolicyDocument: policy('s3:GetObject') }],
        ManagedPolicyArns: [
          { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
          { Ref: 'Managed' },
        ],
      },
    },
    Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy('sns:Publish') } },
    Extra: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'extra', Roles: [{ Ref: 'Role' }], PolicyDocument: policy('ecs:Describe*') },
    },
  });
  expect(status).toBe('CREATE_COMPLETE');
  const { principal } = plane.kernel.assumeRole('arn:aws:iam::123456789012:role/worker', 'lambda.amazonaws.com', 's');
  const may = (action: string) => () => plane.kernel.authorize(principal, [{ action, resource: 'x' }]);
  for (const action of ['s3:GetObject', 'logs:PutLogEvents', 'sns:Publish', 'ecs:DescribeServices']) {
    expect(may(action)).not.toThrow();
  }
  expect(may('s3:PutObject')).toThrow(
    'User: arn:aws:sts::123456789012:assumed-role/worker/s is not authorized to perform: s3:PutObject on resource: x because no identity-based policy allows the s3:PutObject action',
  );
});

it('a role can be assumed only by the service in its trust policy, under its conditions', async () => {
  const condition = { StringEquals: { 'aws:SourceAccount': '123456789012' } };
  await deploy('trust', {
    Mine: {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'mine', AssumeRolePolicyDocument: trust('grafana.amazonaws.com', condition) },
    },
    Foreign: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'foreign',
        AssumeRolePolicyDocument: trust('grafana.amazonaws.com', {
          StringEquals: { 'aws:SourceAccount': '999999999999' },
        }),
      },
    },
  });
  const assume = (name: string, service: string) => () =>
    plane.kernel.assumeRole(`arn:aws:iam::123456789012:role/${name}`, service, 's');
  expect(assume('mine', 'grafana.amazonaws.com')).not.toThrow();
  expect(assume('mine', 'lambda.amazonaws.com')).toThrow(/sts:AssumeRole/);
  expect(assume('foreign', 'grafana.amazonaws.com')).toThrow(/sts:AssumeRole/);
});

it.each<[string, JsonObject, RegExp]>([
  ['bare-action', { Policies: [{ PolicyName: 'p', PolicyDocument: policy('GetObject') }] }, /prefaced by a vendor/],
  ['unknown-managed', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/NoSuch'] }, /NoSuch does not exist/],
  ['misspelt', { ManagedPolicies: [] }, /unsupported property ManagedPolicies/],
])('a role with a fault (%s) fails the stack with the reason', async (name, properties, message) => {
  const Role = {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com'), ...properties },
  };
  expect(await deploy(name, { Role })).toBe('ROLLBACK_COMPLETE');
  expect(await reasons(name)).toMatch(message);
});

it('a service-linked role can be created only once', async () => {
  const create = () => iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
  expect((await create()).Role?.RoleName).toBe('AWSServiceRoleForECS');
  await expect(create()).rejects.toThrow(/has been taken/);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'AWSServiceRoleForECS' }));
  expect(Role?.Arn).toBe('arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS');
});
