import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateWorkspaceCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import { createStack } from '../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { lookAround } from '../../plugin/verbs/diagnose/diagnose';
import type { Finding } from '../../plugin/verbs/diagnose/finding';
import { remedyFor } from '../../plugin/verbs/diagnose/stack-health';
import { tellingLine } from '../../plugin/verbs/diagnose/stopped-task';
import { answeringServer } from '../helpers/answering-server';
import { type ContextOptions, contextAt } from '../helpers/plugin-context';
import { sls } from '../helpers/verbs-service';

/** `sls diagnose` on each symptom of docs/troubleshooting.md that the local cloud can reproduce. */
jest.setTimeout(60_000);

const repository = resolve(__dirname, '../..');

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(async () => {
  await cloud?.close();
});

/** The findings for a stage of this cloud. */
function diagnose(stackName: string, options: ContextOptions = {}): Promise<readonly Finding[]> {
  const { context } = contextAt(cloud, stackName, options);
  return lookAround(context).finally(() => context.close());
}

/** The same for a stage on AWS: a cloud with another account or region. */
async function diagnoseAt(
  options: Parameters<typeof startTestCloud>[0],
  given: ContextOptions,
  prepare: (other: TestCloud) => Promise<unknown> = async () => undefined,
): Promise<readonly Finding[]> {
  const other = await startTestCloud(options);
  try {
    await prepare(other);
    const { context } = contextAt(other, 'free-stack', { hasEndpoint: false, ...given });
    return await lookAround(context).finally(() => context.close());
  } finally {
    await other.close();
  }
}

const about = (findings: readonly Finding[], name: string): Finding | undefined =>
  findings.find((finding) => finding.about === name);
const problems = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ verdict }) => verdict === 'problem').map((finding) => finding.about);

describe('before a deploy', () => {
  it('finds no problem, and lists what it checked', async () => {
    const findings = await diagnose('free-stack', { params: someoneLogsIn });
    expect(problems(findings)).toEqual([]);
    expect(findings.map((finding) => finding.about)).toEqual(
      expect.arrayContaining([
        'credentials',
        `Amazon Managed Grafana in ${cloud.client.region}`,
        'Grafana version',
        'workspace quota',
        'VPC quota',
        'Elastic IP quota',
        'Fargate vCPU quota',
        'zones',
        'log-in',
        'images',
      ]),
    );
  });

  it('stops at credentials that AWS does not accept', async () => {
    const findings = await diagnose('free-stack', {
      client: { credentials: { accessKeyId: 'ASIAEXPIRED', secretAccessKey: 'wrong', sessionToken: 'old' } },
    });
    expect(findings).toEqual([
      expect.objectContaining({ about: 'credentials', verdict: 'problem', remedy: expect.stringContaining('Log in') }),
    ]);
  });

  it('names a version that the region does not offer, and the offered ones', async () => {
    const finding = about(await diagnose('free-stack', { params: { grafanaVersion: '11.0' } }), 'Grafana version');
    expect(finding).toMatchObject({ verdict: 'problem', found: expect.stringContaining('12.4') });
  });

  it('finds another workspace with the stack’s workspace name, and a quota that is used up', async () => {
    const grafana = new GrafanaClient(cloud.client);
    const workspaceRoleArn = await role();
    const create = (workspaceName: string) =>
      grafana.send(
        new CreateWorkspaceCommand({
          workspaceName,
          accountAccessType: 'CURRENT_ACCOUNT',
          permissionType: 'CUSTOMER_MANAGED',
          authenticationProviders: ['SAML'],
          workspaceRoleArn,
          grafanaVersion: '12.4',
        }),
      );
    // The SDK retries when it is throttled at one request a second.
    grafana.config.maxAttempts = async () => 10;
    for (const name of ['taken-stack', 'b', 'c', 'd', 'e']) await create(name);
    grafana.destroy();
    const findings = await diagnose('taken-stack');
    expect(about(findings, 'workspace name')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining("somebody else's"),
    });
    expect(about(findings, 'workspace quota')).toMatchObject({
      verdict: 'problem',
      remedy: expect.stringContaining('higher quota'),
    });
  });
});

const someoneLogsIn = { grafanaAdmins: '11111111-2222-3333-4444-555555555555' };

/** As large as a production stack: three services, the first of them scaled from 2 to 6 tasks; two NAT gateways. */
const resources = {
  Resources: {
    NatAddressA: { Type: 'AWS::EC2::EIP' },
    NatAddressB: { Type: 'AWS::EC2::EIP' },
    ...Object.fromEntries(
      ['Web', 'Loki', 'Tempo'].flatMap((name) => [
        [name, { Type: 'AWS::ECS::Service', Properties: { TaskDefinition: { Ref: `${name}Task` }, DesiredCount: 1 } }],
        [`${name}Task`, { Type: 'AWS::ECS::TaskDefinition', Properties: { Cpu: '512', ContainerDefinitions: [] } }],
      ]),
    ),
    WebScaling: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ResourceId: { 'Fn::Sub': 'service/x/${Web.Name}' }, MinCapacity: 2, MaxCapacity: 6 },
    },
  },
};

describe('what the account and the region must have', () => {
  it.each<[string, number, string, RegExp, RegExp | undefined]>([
    ['the default of an account', 6, 'good', /0 of 6 vCPU .*starts with 2 and grows to 4/, undefined],
    ['a quota that scaling out reaches', 3, 'note', /cannot scale out/, /--desired-value 4`/],
    [
      'a fresh account',
      1,
      'problem',
      /0 of 1 vCPU are in use in eu-west-1; .*deploy fails/,
      /fargate --quota-code L-3032A538/,
    ],
  ])('Fargate vCPU: %s', async (_title, quota, verdict, found, remedy) => {
    const findings = await diagnoseAt({ quotas: { 'L-3032A538': quota } }, { resources });
    const finding = about(findings, 'Fargate vCPU quota');
    expect(finding).toMatchObject({ verdict, found: expect.stringMatching(found) });
    if (remedy) expect(finding?.remedy).toMatch(remedy);
  });

  it('counts the vCPUs that the account already uses', async () => {
    const findings = await diagnoseAt({}, { resources }, async (other) => {
      await createStack(other, 'usage', {
        Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/usage' } },
      });
      // A log line in the embedded metric format writes a CloudWatch metric in this cloud.
      other.kernel.writeLog(
        '/usage',
        'all',
        JSON.stringify({
          _aws: {
            Timestamp: Date.now(),
            CloudWatchMetrics: [
              {
                Namespace: 'AWS/Usage',
                Dimensions: [['Class', 'Resource', 'Service', 'Type']],
                Metrics: [{ Name: 'ResourceCount' }],
              },
            ],
          },
          Class: 'Standard/OnDemand',
          Resource: 'vCPU',
          Service: 'Fargate',
          Type: 'Resource',
          ResourceCount: 4.5,
        }),
      );
    });
    expect(about(findings, 'Fargate vCPU quota')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('4.5 of 6 vCPU'),
      remedy: expect.stringContaining('--desired-value 9`'),
    });
  });

  it('uses the default and says so when reading quotas is denied', async () => {
    const denied = (_next: unknown) => async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    };
    const { context } = contextAt(cloud, 'free-stack', { hasEndpoint: false, resources });
    const client = context.client.bind(context);
    context.client = async (Client) => {
      const made = await client(Client);
      if (Client.name === 'ServiceQuotasClient')
        (made as unknown as { middlewareStack: { add(f: unknown, o: object): void } }).middlewareStack.add(denied, {
          step: 'build',
        });
      return made;
    };
    const findings = await lookAround(context).finally(() => context.close());
    expect(about(findings, 'Elastic IP quota')?.found).toMatch(/0 of 5 .*could not be read \(AccessDeniedException\)/);
  });

  it('finds too few free Elastic IPs', async () => {
    const findings = await diagnoseAt({ quotas: { 'L-0263D0A3': 3 } }, { resources }, (other) =>
      createStack(other, 'others', {
        One: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } },
        Two: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } },
      }),
    );
    expect(about(findings, 'Elastic IP quota')).toMatchObject({
      verdict: 'problem',
      found: expect.stringMatching(/2 of 3 are in use in eu-west-1; the stack's NAT gateways take 2/),
      remedy: expect.stringContaining('--service-code ec2 --quota-code L-0263D0A3 --desired-value 4'),
    });
  });

  it('needs no Elastic IP and no VPC quota in an existing VPC', async () => {
    const findings = await diagnose('free-stack', {
      params: { vpcId: 'vpc-0123456789', privateSubnetIds: 'subnet-1' },
    });
    expect(findings.map((finding) => finding.about)).not.toEqual(expect.arrayContaining(['Elastic IP quota']));
    expect(about(findings, 'subnets')).toMatchObject({
      verdict: 'problem',
      found: 'vpc-0123456789 has no subnet subnet-1',
    });
  });

  it.each<[string, string, string, string, RegExp]>([
    [
      'the first two by default',
      'ap-northeast-1',
      '',
      'good',
      /ap-northeast-1a \(apne1-az1\), ap-northeast-1b \(apne1-az2\)/,
    ],
    [
      'a zone without Fargate',
      'ap-northeast-1',
      'ap-northeast-1a,ap-northeast-1c',
      'problem',
      /not offered in ap-northeast-1c \(apne1-az3\)/,
    ],
    ['a zone without Fargate, by default', 'us-west-1', '', 'problem', /not offered in us-west-1b \(usw1-az2\)/],
    ['a zone that services refuse at times', 'us-east-1', 'us-east-1a,us-east-1c', 'note', /us-east-1c \(use1-az3\)/],
    ['a zone that does not exist', 'eu-west-1', 'eu-west-1a,eu-west-1z', 'problem', /no zone eu-west-1z/],
  ])('zones: %s', async (_title, region, availabilityZones, verdict, found) => {
    const finding = about(await diagnoseAt({ region }, { params: { availabilityZones } }), 'zones');
    expect(finding).toMatchObject({ verdict, found: expect.stringMatching(found) });
    if (verdict !== 'good')
      expect(finding?.remedy).toMatch(new RegExp(`availabilityZones=${region}[abc],${region}[abc]`));
  });

  it('refuses a region where workspaces cannot connect to a VPC', async () => {
    const findings = await diagnoseAt({ region: 'ap-northeast-2' }, {});
    expect(about(findings, 'ap-northeast-2')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('no private VPC connection'),
    });
  });

  it('checks the zones and free addresses of an existing VPC’s subnets', async () => {
    let ids: Record<string, string> = {};
    const findings = await (async () => {
      const other = await startTestCloud({ region: 'ap-northeast-1' });
      try {
        const subnet = (CidrBlock: string, zone: string) => ({
          Type: 'AWS::EC2::Subnet',
          Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock, AvailabilityZone: `ap-northeast-1${zone}` },
        });
        ids = await createStack(
          other,
          'network',
          {
            Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
            Small: subnet('10.0.1.0/28', 'c'),
            Large: subnet('10.0.2.0/24', 'c'),
          },
          { Vpc: { Value: { Ref: 'Vpc' } }, Small: { Value: { Ref: 'Small' } }, Large: { Value: { Ref: 'Large' } } },
        );
        const { context } = contextAt(other, 'free-stack', {
          params: { vpcId: ids['Vpc'], privateSubnetIds: `${ids['Small']},${ids['Large']}` },
        });
        return await lookAround(context).finally(() => context.close());
      } finally {
        await other.close();
      }
    })();
    expect(about(findings, 'zones')).toMatchObject({ verdict: 'problem', found: expect.stringContaining('apne1-az3') });
    expect(findings.filter((finding) => finding.about === 'subnets').map(({ found }) => found)).toEqual([
      'all of privateSubnetIds are in ap-northeast-1c; the workspace needs two zones',
      `${ids['Small']} has 11 free addresses; the workspace needs 15 in each subnet`,
    ]);
  });
});

describe('who could log in', () => {
  const id = someoneLogsIn.grafanaAdmins;
  const samlMetadataUrl = 'https://idp.example.org/metadata';
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['nobody', {}, 'problem', /nobody could log in/],
    ['SAML alone without metadata', { authenticationProviders: 'SAML' }, 'problem', /nobody could log in/],
    ['ids of Identity Center', { grafanaAdmins: id }, 'note', /grafanaAdmins.*only when the workspace is made/],
    ['SAML', { samlMetadataUrl }, 'good', /SAML by samlMetadataUrl/],
    ['SAML by a file', { samlMetadataFile: 'saml/metadata.xml' }, 'good', /SAML by samlMetadataFile/],
    [
      'both',
      { samlMetadataUrl, grafanaEditors: id, authenticationProviders: 'AWS_SSO,SAML' },
      'good',
      /SAML .* and Identity Center/,
    ],
  ])('%s', async (_title, params, verdict, found) => {
    const finding = about(await diagnose('free-stack', { params }), 'log-in');
    expect(finding).toMatchObject({ verdict, found: expect.stringMatching(found) });
  });
});

describe('images', () => {
  const task = (...images: readonly string[]) => ({
    Resources: {
      Task: {
        Type: 'AWS::ECS::TaskDefinition',
        Properties: {
          RuntimePlatform: { CpuArchitecture: 'ARM64' },
          ContainerDefinitions: images.map((Image) => ({ Image })),
        },
      },
    },
  });
  const index = (architecture: string) => ({ body: { manifests: [{ platform: { os: 'linux', architecture } }] } });

  it('distinguishes an existing image from one that is missing, for another processor, or could not be checked', async () => {
    const registry = await answeringServer(({ path }) => {
      if (path.includes('/good/')) return index('arm64');
      if (path.includes('/other/')) return index('amd64');
      if (path.includes('/secret/')) return { status: 401 };
      if (path.includes('/busy/')) return { status: 429 };
      return { status: 404 };
    });
    const at = (name: string) => `${new URL(registry.url).host}/${name}:1`;
    const names = ['good', 'other', 'secret', 'busy', 'none'];
    const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/hub/grafana/loki:3.7.8';
    const resources = task(...names.map(at), ecr);
    const findings = await diagnose('free-stack', { hasEndpoint: false, resources }).finally(() => registry.close());
    const seen = [...names.map(at), ecr].map((image) => {
      const { verdict, found } = about(findings, `image ${image}`) ?? {};
      return [verdict, found?.split(/[:.,]/)[0]];
    });
    expect(seen).toEqual([
      ['good', 'is there for linux/arm64'],
      ['problem', 'is there'],
      ['problem', expect.stringMatching(/^127/)],
      ['note', 'could not be checked'],
      ['problem', 'does not exist'],
      ['note', 'could not be checked'],
    ]);
    expect(about(findings, `image ${at('other')}`)?.remedy).toContain('architecture=x86_64');
  });

  it('calls no registry at a stage that has its own endpoint', async () => {
    const registry = await answeringServer(() => index('arm64'));
    const resources = task(`${new URL(registry.url).host}/good:1`);
    const findings = await diagnose('free-stack', { resources }).finally(() => registry.close());
    expect(about(findings, 'images')).toMatchObject({ verdict: 'note' });
    expect(registry.received).toEqual([]);
  });
});

it('computes the whole configuration’s needs through the real CLI', async () => {
  const account = await startTestCloud();
  const registry = await answeringServer(({ path }) =>
    path.includes('/loki/')
      ? { status: 404 }
      : { body: { manifests: [{ platform: { os: 'linux', architecture: 'arm64' } }] } },
  );
  const host = new URL(registry.url).host;
  const images = ['node', 'awsCli', 'loki', 'tempo', 'prometheus', 'otelcol'].map(
    (name) => `--param=${name}Image=${host}/${name.toLowerCase()}:1`,
  );
  const ran = await sls(
    repository,
    ['diagnose', '--json', '--param=grafanaAdmins=' + someoneLogsIn.grafanaAdmins, ...images],
    {
      port: account.port,
      stage: 'dev',
      environment: { ...account.environment, AWS_PROFILE: undefined },
    },
  ).finally(() => Promise.all([registry.close(), account.close()]));
  const findings = JSON.parse(ran.stdout) as readonly Finding[];
  expect(problems(findings)).toEqual([`image ${host}/loki:1`]);
  // dev: one data processor and one gateway of 0.25 vCPU, at most two of each, and two stores of 0.25.
  expect(about(findings, 'Fargate vCPU quota')?.found).toContain('starts with 1 and grows to 1.5');
  expect(about(findings, 'Elastic IP quota')?.found).toContain('take 1');
  expect(ran.code).toBe(7);
});

describe('after a failure', () => {
  it('names the first resource that failed, with its reason', async () => {
    await createStack(cloud, 'broken-stack', {
      Topic: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/broken-stack/data-processor' } },
      Twice: {
        Type: 'AWS::Logs::LogGroup',
        DependsOn: 'Topic',
        Properties: { LogGroupName: '/ecs/broken-stack/data-processor' },
      },
    });
    const finding = about(await diagnose('broken-stack'), 'stack');
    expect(finding).toMatchObject({
      verdict: 'problem',
      found: expect.stringMatching(
        /broken-stack is ROLLBACK_COMPLETE\. First failure: Twice \(AWS::Logs::LogGroup\): /,
      ),
    });
    expect(finding?.remedy).toContain('npx sls remove --stage test');
  });

  it('shows the last error line of the scraper, the gateway and the tester as evidence', async () => {
    await createStack(cloud, 'noisy-stack', {
      Scraper: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/noisy-stack/prometheus' } },
      Gateway: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/noisy-stack/gateway' } },
      Tester: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/noisy-stack-tester' } },
    });
    cloud.kernel.writeLog(
      '/ecs/noisy-stack/prometheus',
      'task',
      'ts=1 level=ERROR msg="non-recoverable error" err="server returned HTTP status 403 Forbidden"',
    );
    cloud.kernel.writeLog(
      '/ecs/noisy-stack/gateway',
      'task',
      '{"level":"error","msg":"Exporting failed. Dropping data.","otelcol.component.id":"otlp_http/loki","error":"HTTP Status Code 400"}',
    );
    cloud.kernel.writeLog(
      '/aws/lambda/noisy-stack-tester',
      'run',
      'TesterCallsFailed: "write the first object" (POST /data): expected 201, got 503',
    );
    const findings = await diagnose('noisy-stack');
    expect(about(findings, 'metrics on their way to AMP')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('403 Forbidden'),
    });
    expect(about(findings, 'telemetry in the gateway')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('otlp_http/loki'),
    });
    expect(about(findings, 'tester')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('expected 201, got 503'),
    });
    expect(about(findings, 'setup')).toMatchObject({ verdict: 'problem', found: 'the stack has no setup machine' });
  });

  it('finds a missing route out of the VPC in the scraper’s retries', async () => {
    await createStack(cloud, 'cut-off-stack', {
      Scraper: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/cut-off-stack/prometheus' } },
    });
    cloud.kernel.writeLog(
      '/ecs/cut-off-stack/prometheus',
      'task',
      'time=1 level=WARN component=remote msg="Failed to send batch, retrying" err="dial tcp: lookup aps: no such host"',
    );
    expect(about(await diagnose('cut-off-stack'), 'metrics on their way to AMP')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('no such host'),
    });
  });

  it('accepts log groups without an error', async () => {
    await createStack(cloud, 'quiet-stack', {
      Scraper: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/quiet-stack/prometheus' } },
      Gateway: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/quiet-stack/gateway' } },
      Tester: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/quiet-stack-tester' } },
    });
    for (const line of [
      'time=2026-11-23T16:58:58.403Z level=INFO msg="Server is ready"',
      '{"msg":"target is down","target":"127.0.0.1:4532","error":"server returned HTTP status 502"}',
    ]) {
      cloud.kernel.writeLog('/ecs/quiet-stack/prometheus', 'task', line);
    }
    cloud.kernel.writeLog(
      '/ecs/quiet-stack/gateway',
      'task',
      '{"level":"info","msg":"Exporting failed. Will retry the request after interval.","error":"connection refused"}',
    );
    const findings = await diagnose('quiet-stack');
    expect(about(findings, 'telemetry in the gateway')).toMatchObject({ verdict: 'good' });
    expect(about(findings, 'metrics on their way to AMP')).toMatchObject({ verdict: 'good' });
    expect(about(findings, 'tester')).toMatchObject({ verdict: 'good' });
    expect(about(findings, 'stack')).toMatchObject({ verdict: 'good' });
  });
});

describe('the log line that shows the cause', () => {
  it.each([
    [
      'an error before its stack',
      ['listening', 'Error: BUCKET_NAME is missing', '    at main (/app/service.cjs:1:1)', '}', ''],
      'Error: BUCKET_NAME is missing',
    ],
    ['the last line, where none has the words of an error', ['one', 'two', ''], 'two'],
    ['none, where nothing was written', [], undefined],
  ])('is %s', (_title, lines, expected) => {
    expect(tellingLine(lines)).toBe(expected);
  });
});

it('quotes a crashed container’s output, names its log group, and reports this operation’s failure first', async () => {
  const image = 'public.ecr.aws/docker/library/node:24';
  const withCode = (code: string) => ({
    Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'crash' } },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/crash-stack/app' } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        Policies: [
          {
            PolicyName: 'log',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
            },
          },
        ],
      },
    },
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        Family: 'crash',
        Cpu: '256',
        Memory: '512',
        NetworkMode: 'awsvpc',
        RequiresCompatibilities: ['FARGATE'],
        ExecutionRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        // The first container ends before the second starts, like the real task's init container.
        ContainerDefinitions: [
          {
            Name: 'app',
            Image: image,
            Command: ['node', '-e', 'setInterval(() => {}, 1000)'],
            Essential: true,
            DependsOn: [{ ContainerName: 'render', Condition: 'SUCCESS' }],
          },
          {
            Name: 'render',
            Image: image,
            Command: ['node', '-e', code],
            Essential: false,
            LogConfiguration: {
              LogDriver: 'awslogs',
              Options: {
                'awslogs-group': { Ref: 'Logs' },
                'awslogs-region': 'eu-west-1',
                'awslogs-stream-prefix': 'task',
              },
            },
          },
        ],
      },
    },
    Service: {
      Type: 'AWS::ECS::Service',
      Properties: {
        Cluster: { Ref: 'Cluster' },
        ServiceName: 'crash',
        TaskDefinition: { Ref: 'Task' },
        DesiredCount: 1,
        DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: false, Rollback: false } },
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'] } },
      },
    },
  });
  await createStack(cloud, 'crash-stack', withCode(''), {
    ClusterName: { Value: { Ref: 'Cluster' } },
  });
  const cloudFormation = new CloudFormationClient(cloud.client);
  const broken = withCode("console.error('Error: BUCKET_NAME is missing'); process.exit(1)");
  broken.Service.Properties.DeploymentConfiguration.DeploymentCircuitBreaker = { Enable: true, Rollback: false };
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName: 'crash-stack',
      Capabilities: ['CAPABILITY_IAM'],
      TemplateBody: JSON.stringify({
        Resources: broken,
        Outputs: { ClusterName: { Value: { Ref: 'Cluster' } } },
      }),
    }),
  );
  const status = async () =>
    (await cloudFormation.send(new DescribeStacksCommand({ StackName: 'crash-stack' }))).Stacks?.[0]?.StackStatus ?? '';
  while ((await status()).endsWith('_IN_PROGRESS')) await setTimeout(50);
  expect(await status()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(about(await diagnose('crash-stack'), 'stack')?.found).toMatch(
    /First failure: Service \(AWS::ECS::Service\).*render ended with 1, and says in \/ecs\/crash-stack\/app: Error: BUCKET_NAME is missing/,
  );
  cloudFormation.destroy();
});

describe('a service that does not run', () => {
  const pullLimit =
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/grafana/loki/manifests/sha256:2bb5: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
  it.each([
    ['Docker Hub’s pull limit', 1, pullLimit, /Docker Hub.*lokiImage.*own registry/],
    [
      'no route out of the VPC',
      1,
      'CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp: i/o timeout',
      /NAT gateway/,
    ],
    ['an interrupted removal', 0, '', /run the setup, which starts it again/],
    [
      'a container that ends',
      1,
      'Essential container in task exited; render-config ended with 3',
      /Mend what the log of the container says/,
    ],
  ])('has the remedy for %s', (_title, desired, said, remedy) => {
    expect(remedyFor(desired, said)).toMatch(remedy);
  });
});

async function role(): Promise<string> {
  const { RoleArn = '' } = await createStack(
    cloud,
    'role-stack',
    {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: 'grafana.amazonaws.com' }, Action: 'sts:AssumeRole' }],
          },
        },
      },
    },
    { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  );
  return RoleArn;
}
