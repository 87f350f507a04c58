import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createStack } from '../../local/tests/support/create-stack';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { answeringServer } from '../helpers/answering-server';

/** examples/lambda as its README deploys it, against a local cloud that has the SSM parameters of the observability stack. */
const directory = path.join(__dirname, '../../examples/lambda');
const framework = path.join(__dirname, '../../node_modules/serverless/bin/serverless.js');
const group = { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'clients', VpcId: { Ref: 'Vpc' } } };
const parameter = (name: string, Value: unknown, Type = 'String') => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name: `/grafana-observability-local/${name}`, Type, Value },
});
const subnet = (block: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: block },
});

let cloud: TestCloud;
const sls = (...args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    const options = { cwd: directory, env: { ...process.env, ...cloud.environment } };
    execFile(process.execPath, [framework, ...args, '--stage', 'local'], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` }),
    );
  });

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud?.close());

it('names the versions of its packages that this repository has', () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string>; version: string };
  const { serverless, ...packages } = read(path.join(directory, 'package.json')).dependencies;
  const installed = (name: string) => read(path.join(__dirname, '../../node_modules', name, 'package.json')).version;
  expect(serverless).toBe(`npm:osls@${installed('serverless')}`);
  expect(packages).toEqual(Object.fromEntries(Object.keys(packages).map((name) => [name, installed(name)])));
});

it('deploys, sends its three signals before an invocation returns, and is removed again', async () => {
  await using gateway = await answeringServer(() => ({ status: 200 }));
  await createStack(cloud, 'grafana-observability-local', {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    SubnetA: subnet('10.0.0.0/24'),
    SubnetB: subnet('10.0.1.0/24'),
    ClientSecurityGroup: group,
    Endpoint: parameter('otlp-endpoint', gateway.url),
    Group: parameter('client-security-group', { 'Fn::GetAtt': ['ClientSecurityGroup', 'GroupId'] }),
    Subnets: parameter(
      'private-subnet-ids',
      { 'Fn::Join': [',', [{ Ref: 'SubnetA' }, { Ref: 'SubnetB' }]] },
      'StringList',
    ),
  });
  execFileSync('npm', ['run', 'build'], { cwd: directory, stdio: 'pipe' });
  const deployed = await sls('deploy');
  expect([deployed.code, deployed.output]).toEqual([0, expect.stringContaining('orders: example-orders-local-orders')]);
  const invoked = await sls('invoke', '-f', 'orders', '--data', '{"sku":"tea"}');
  expect(invoked).toEqual({ code: 0, output: expect.stringMatching(/"traceId": "[0-9a-f]{32}"/) });
  const sent = gateway.received.map(({ path: to }) => to).sort();
  expect(sent).toEqual(['/v1/logs', '/v1/metrics', '/v1/traces']);
  const [, traceId = ''] = /"traceId": "([0-9a-f]{32})"/.exec(invoked.output) ?? [];
  const binary = (to: string) => Buffer.from(gateway.received.find((each) => each.path === to)?.body ?? '', 'latin1');
  expect(traceId).toHaveLength(32);
  for (const to of ['/v1/traces', '/v1/logs', '/v1/metrics']) expect(binary(to).includes('orders')).toBe(true);
  expect((await sls('remove')).code).toBe(0);
});
