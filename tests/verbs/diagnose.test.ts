import { CreateWorkspaceCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import { createStack } from '../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { lookAround } from '../../plugin/verbs/diagnose/diagnose';
import type { Finding } from '../../plugin/verbs/diagnose/finding';
import { remedyFor } from '../../plugin/verbs/diagnose/stack-health';
import { type ContextOptions, contextAt } from '../helpers/plugin-context';

/** Each symptom of docs/troubleshooting.md that can be planted in the local cloud, and what `sls diagnose` says of it. */
jest.setTimeout(60_000);

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(async () => {
  await cloud?.close();
});

/** The findings at a stage of this cloud. */
function diagnose(stackName: string, options: ContextOptions = {}): Promise<readonly Finding[]> {
  const { context } = contextAt(cloud, stackName, options);
  return lookAround(context).finally(() => context.close());
}

const about = (findings: readonly Finding[], name: string): Finding | undefined =>
  findings.find((finding) => finding.about === name);
const problems = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ verdict }) => verdict === 'problem').map((finding) => finding.about);

describe('before a deploy', () => {
  it('finds nothing in the way, and says what it looked at', async () => {
    const findings = await diagnose('free-stack');
    expect(problems(findings)).toEqual([]);
    expect(findings.map((finding) => finding.about)).toEqual(
      expect.arrayContaining([
        'credentials',
        `Amazon Managed Grafana in ${cloud.client.region}`,
        'Grafana version',
        'workspace quota',
        'VPC quota',
        'Identity Center',
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

  it('names a version that the region does not offer, with those that it does', async () => {
    const finding = about(await diagnose('free-stack', { params: { grafanaVersion: '11.0' } }), 'Grafana version');
    expect(finding).toMatchObject({ verdict: 'problem', found: expect.stringContaining('12.4') });
  });

  it('finds a workspace of somebody else under the name, and a quota that is used up', async () => {
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
    // The SDK waits out the throttling of one request a second.
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

  it('shows the last error line of the scraper and of the tester as evidence', async () => {
    await createStack(cloud, 'noisy-stack', {
      Scraper: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/noisy-stack/prometheus' } },
      Tester: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/noisy-stack-tester' } },
    });
    cloud.kernel.writeLog(
      '/ecs/noisy-stack/prometheus',
      'task',
      'ts=1 level=ERROR msg="non-recoverable error" err="server returned HTTP status 403 Forbidden"',
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
    expect(about(findings, 'tester')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('expected 201, got 503'),
    });
    expect(about(findings, 'setup')).toMatchObject({ verdict: 'problem', found: 'the stack has no setup machine' });
  });

  it('finds the way out of the VPC closed in what the scraper goes on trying', async () => {
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

  it('is content with log groups that have no error', async () => {
    await createStack(cloud, 'quiet-stack', {
      Scraper: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/ecs/quiet-stack/prometheus' } },
      Tester: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/quiet-stack-tester' } },
    });
    for (const line of [
      'time=2026-11-23T16:58:58.403Z level=INFO msg="Server is ready"',
      '{"msg":"target is down","target":"127.0.0.1:4532","error":"server returned HTTP status 502"}',
    ]) {
      cloud.kernel.writeLog('/ecs/quiet-stack/prometheus', 'task', line);
    }
    const findings = await diagnose('quiet-stack');
    expect(about(findings, 'metrics on their way to AMP')).toMatchObject({ verdict: 'good' });
    expect(about(findings, 'tester')).toMatchObject({ verdict: 'good' });
    expect(about(findings, 'stack')).toMatchObject({ verdict: 'good' });
  });
});

describe('a service that does not run', () => {
  const pullLimit =
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/grafana/loki/manifests/sha256:2bb5: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
  it.each([
    ['Docker Hub’s pull limit', 1, pullLimit, /Docker Hub.*lokiImage.*own registry/],
    [
      'no way out',
      1,
      'CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp: i/o timeout',
      /NAT gateway/,
    ],
    ['an interrupted removal', 0, '', /run the setup, which starts it again/],
    [
      'a container that ends',
      1,
      'Essential container in task exited; render-config ended with 3',
      /Read the log group/,
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
