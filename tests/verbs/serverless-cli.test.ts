import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';

const bin = join(__dirname, '..', '..', 'node_modules', '.bin');
const run = promisify(execFile);
// Each run loads the framework in a new Node process, which is slow on a busy machine.
jest.setTimeout(300_000);

let cloud: TestCloud;
let service: string;
beforeAll(async () => {
  cloud = await startTestCloud();
  service = await mkdtemp(join(tmpdir(), 'mini-service-'));
  await mkdir(service, { recursive: true });
});
afterAll(async () => {
  await cloud.close();
  await rm(service, { recursive: true, force: true });
});

async function sls(...args: readonly string[]) {
  const running = run(join(bin, 'sls'), [...args], {
    cwd: service,
    env: {
      ...cloud.environment,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: service,
      SLS_AWS_MONITORING_FREQUENCY: '100',
      SLS_TELEMETRY_DISABLED: '1',
    },
  });
  // `sls invoke` without data reads its standard input to the end.
  running.child.stdin?.end();
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

async function writeService(greeting: string): Promise<void> {
  const definition = {
    service: 'mini',
    provider: { name: 'aws', region: 'eu-west-1', runtime: 'nodejs24.x', deploymentMethod: 'direct' },
    package: { patterns: ['!**', 'handler.js'] },
    functions: { hello: { handler: 'handler.hello', environment: { GREETING: greeting, BUCKET: { Ref: 'Data' } } } },
    resources: {
      Resources: { Data: { Type: 'AWS::S3::Bucket' } },
      Outputs: { DataBucket: { Value: { Ref: 'Data' } } },
    },
  };
  await writeFile(join(service, 'serverless.json'), JSON.stringify(definition));
  await writeFile(
    join(service, 'handler.js'),
    'exports.hello = async (event) => ({ greeting: process.env.GREETING, bucket: process.env.BUCKET, event });',
  );
}

const stack = () => cloud.cloudFormation.stacks.findActive('mini-dev');

it('the unmodified Serverless CLI deploys, invokes, updates and removes a service', async () => {
  await writeService('hello');
  expect(await sls('deploy')).toContain('Service deployed to stack mini-dev');
  expect(stack()?.status).toBe('UPDATE_COMPLETE');

  const first = JSON.parse(await sls('invoke', '-f', 'hello', '-d', '{"a":1}'));
  const bucket = stack()?.outputs.find(({ key }) => key === 'DataBucket')?.value;
  expect(first).toEqual({ greeting: 'hello', bucket, event: { a: 1 } });
  expect(await sls('info')).toContain('mini-dev-hello');

  expect(await sls('deploy')).toContain('No changes to deploy');
  await writeService('goodbye');
  await sls('deploy');
  expect(JSON.parse(await sls('invoke', '-f', 'hello'))).toMatchObject({ greeting: 'goodbye', bucket });

  expect(await sls('remove')).toContain('successfully removed');
  expect(stack()).toBeUndefined();
  expect(await cloud.s3.listBuckets()).toEqual([]);
  expect(cloud.lambda.processes()).toEqual([]);
});
