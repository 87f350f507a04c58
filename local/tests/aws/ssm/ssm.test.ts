import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, GetParametersByPathCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createStack } from '../../support/create-stack';
import { startTestCloud, type TestCloud } from '../../support/test-cloud';

let cloud: TestCloud;
let ssm: SSMClient;
beforeAll(async () => {
  cloud = await startTestCloud();
  ssm = new SSMClient(cloud.client);
  await createStack(cloud, 'shelf', {
    Endpoint: {
      Type: 'AWS::SSM::Parameter',
      Properties: {
        Name: '/shelf/otlp-endpoint',
        Type: 'String',
        Value: { 'Fn::Sub': 'http://${AWS::StackName}:4318' },
      },
    },
    Region: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: '/shelf/deep/region', Type: 'String', Value: { Ref: 'AWS::Region' } },
    },
  });
});
afterAll(async () => {
  ssm.destroy();
  await cloud.close();
});

it('reads a parameter that a stack made', async () => {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/shelf/otlp-endpoint' }));
  expect(Parameter).toMatchObject({
    Name: '/shelf/otlp-endpoint',
    Type: 'String',
    Value: 'http://shelf:4318',
    Version: 1,
    ARN: 'arn:aws:ssm:eu-west-1:000000000000:parameter/shelf/otlp-endpoint',
  });
});

it('says that a parameter is not there', async () => {
  await expect(ssm.send(new GetParameterCommand({ Name: '/shelf/none' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
  const { InvalidParameters } = await ssm.send(new GetParametersCommand({ Names: ['/shelf/none'] }));
  expect(InvalidParameters).toEqual(['/shelf/none']);
});

it('lists the parameters below a path, and those further down only when asked', async () => {
  const namesBelow = async (Recursive: boolean) => {
    const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path: '/shelf', Recursive }));
    return Parameters.map(({ Name }) => Name);
  };
  expect(await namesBelow(false)).toEqual(['/shelf/otlp-endpoint']);
  expect(await namesBelow(true)).toEqual(['/shelf/otlp-endpoint', '/shelf/deep/region']);
});

it('makes no parameter with a name that is taken', async () => {
  const cloudFormation = new CloudFormationClient(cloud.client);
  const template = {
    Resources: {
      Again: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/shelf/otlp-endpoint', Type: 'String', Value: 'x' },
      },
    },
  };
  await cloudFormation.send(new CreateStackCommand({ StackName: 'twin', TemplateBody: JSON.stringify(template) }));
  for (;;) {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'twin' }));
    if (Stacks[0]?.StackStatus === 'ROLLBACK_COMPLETE') break;
    expect(Stacks[0]?.StackStatus).toMatch(/IN_PROGRESS$/);
  }
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/shelf/otlp-endpoint' }));
  expect(Parameter?.Value).toBe('http://shelf:4318');
  cloudFormation.destroy();
});
