import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { encodeWrite } from '../../local/backends/wire/remote-write';
import { exchange } from '../helpers/raw-http';
import { startTestCloud, type TestCloud } from '../helpers/test-cloud';
import { roleCredentials } from '../unit/local/kernel/support/control-plane';
import { security } from './expected/security';
import { canConnect } from './support/can-connect';
import { filesWith } from './support/files-with';
import { type Keys, sendPost, signedPost } from './support/signed-fetch';
import { type Problems, tryFault } from './support/try-fault';

const deployer: Keys = { accessKeyId: 'local', secretAccessKey: 'local' };
let cloud: TestCloud;
let skew = 0;
let workspaces: readonly string[];

beforeAll(async () => {
  cloud = await startTestCloud({ now: () => new Date(Date.now() + skew), grafana: { throttle: 'off' } });
  const handler = cloud.kernel.resourceHandlers().get('AWS::APS::Workspace');
  const made = ['one', 'two'].map((logicalId) =>
    handler?.create({
      stackName: 'stack',
      stackId: 'stack',
      logicalId,
      type: 'AWS::APS::Workspace',
      tags: {},
      properties: { Alias: logicalId },
    }),
  );
  await Promise.all(made);
  workspaces = cloud.aps.workspaces().map(({ id }) => id);
});
afterAll(() => cloud.close());
beforeEach(() => {
  skew = 0;
});

const urlOf = (index: number) => `${cloud.endpoint}/workspaces/${workspaces[index]}/api/v1/remote_write`;
const samples = (name: string) =>
  encodeWrite({
    series: [{ labels: { __name__: name }, samples: [{ value: 1, timestamp: Date.now() }] }],
    metadata: [],
  });

/** Says so when a write was taken, by its status or by what the workspaces hold. */
async function notRefused(status: number, name: string): Promise<Problems> {
  const stored = await Promise.all(
    workspaces.map(async (id) => {
      const { body } = await cloud.aps.query(id, 'query', new URLSearchParams({ query: name }));
      return (JSON.parse(String(body)) as { data: { result: unknown[] } }).data.result.length;
    }),
  );
  return [
    ...(status === 403 ? [] : [`answered ${status}`]),
    ...(stored.every((count) => count === 0) ? [] : ['the samples are stored']),
  ];
}

it('takes a write that is as it should be, or nothing below means anything', async () => {
  expect(await sendPost(await signedPost(urlOf(0), 'aps', samples('good_total'), deployer))).toBe(200);
  expect(await notRefused(403, 'good_total')).toEqual(['the samples are stored']);
});

it(security.writeUnsigned.id, () =>
  tryFault(security.writeUnsigned, async () =>
    notRefused(await sendPost({ url: urlOf(0), headers: {}, body: samples('unsigned_total') }), 'unsigned_total'),
  ),
);

it(security.writeWrongKey.id, () =>
  tryFault(security.writeWrongKey, async () => {
    const wrong = { ...deployer, secretAccessKey: 'another' };
    return notRefused(await sendPost(await signedPost(urlOf(0), 'aps', samples('wrong_total'), wrong)), 'wrong_total');
  }),
);

it(security.writeOtherBody.id, () =>
  tryFault(security.writeOtherBody, async () => {
    const signed = await signedPost(urlOf(0), 'aps', samples('signed_total'), deployer);
    return notRefused(await sendPost({ ...signed, body: samples('exchanged_total') }), 'exchanged_total');
  }),
);

it(security.writeReplayed.id, () =>
  tryFault(security.writeReplayed, async () => {
    const signed = await signedPost(urlOf(0), 'aps', samples('replayed_total'), deployer);
    skew = 20 * 60_000;
    return notRefused(await sendPost(signed), 'replayed_total');
  }),
);

it(security.writeOtherPath.id, () =>
  tryFault(security.writeOtherPath, async () => {
    const signed = await signedPost(urlOf(0), 'aps', samples('other_path_total'), deployer);
    return notRefused(await sendPost({ ...signed, url: urlOf(1) }), 'other_path_total');
  }),
);

it(security.writeOtherRole.id, () =>
  tryFault(security.writeOtherRole, async () => {
    const { credentials } = await roleCredentials(cloud.kernel, 'reader', [
      { Effect: 'Allow', Action: 'aps:QueryMetrics', Resource: '*' },
    ]);
    const signed = await signedPost(urlOf(0), 'aps', samples('other_role_total'), credentials);
    return notRefused(await sendPost(signed), 'other_role_total');
  }),
);

it(security.roleForeignBucket.id, () =>
  tryFault(security.roleForeignBucket, async () => {
    const owner = new S3Client({ ...cloud.client, forcePathStyle: true });
    for (const Bucket of ['stack-a-data', 'stack-b-data']) {
      await owner.send(new CreateBucketCommand({ Bucket }));
      await owner.send(new PutObjectCommand({ Bucket, Key: 'data/one', Body: 'one' }));
    }
    const { credentials } = await roleCredentials(cloud.kernel, 'stage-a', [
      { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::stack-a-data/*' },
    ]);
    const role = new S3Client({ ...cloud.client, forcePathStyle: true, credentials });
    const own = await errorOf(role.send(new GetObjectCommand({ Bucket: 'stack-a-data', Key: 'data/one' })));
    const foreign = [
      await errorOf(role.send(new GetObjectCommand({ Bucket: 'stack-b-data', Key: 'data/one' }))),
      await errorOf(role.send(new PutObjectCommand({ Bucket: 'stack-b-data', Key: 'data/one', Body: 'two' }))),
      await errorOf(role.send(new GetObjectCommand({ Bucket: 'stack-a-data', Key: '../stack-b-data/data/one' }))),
    ];
    owner.destroy();
    role.destroy();
    return [
      ...(own === undefined ? [] : [`its own bucket answered ${own}`]),
      ...foreign.flatMap((error) =>
        error === 'AccessDenied' || error === 'NoSuchKey' ? [] : [`a foreign bucket answered ${error ?? '200'}`],
      ),
    ];
  }),
);

it(security.roleForeignMachine.id, () =>
  tryFault(security.roleForeignMachine, async () => {
    const { credentials } = await roleCredentials(cloud.kernel, 'starter-a', [
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: 'arn:aws:states:*:*:stateMachine:stack-a-*' },
    ]);
    const client = new SFNClient({ ...cloud.client, credentials });
    const machine = (stack: string) => `arn:aws:states:eu-west-1:000000000000:stateMachine:${stack}-setup`;
    const own = await errorOf(client.send(new StartExecutionCommand({ stateMachineArn: machine('stack-a') })));
    const foreign = await errorOf(client.send(new StartExecutionCommand({ stateMachineArn: machine('stack-b') })));
    client.destroy();
    return [
      ...(own === 'StateMachineDoesNotExist' ? [] : [`its own machine answered ${own}`]),
      ...(foreign?.startsWith('AccessDenied') ? [] : [`a foreign machine answered ${foreign ?? '200'}`]),
    ];
  }),
);

it(security.s3Traversal.id, () =>
  tryFault(security.s3Traversal, async () => {
    const client = new S3Client({ ...cloud.client, forcePathStyle: true });
    const Bucket = 'traversed';
    await client.send(new CreateBucketCommand({ Bucket }));
    const keys = [
      '../../../escaped',
      '../../journal.ndjson',
      '..%2f..%2fescaped',
      '%2e%2e/%2e%2e/escaped',
      '/etc/escaped',
      'a/../../../escaped',
      '..\\..\\escaped',
      '....//....//escaped',
    ];
    const problems: string[] = [];
    for (const Key of keys) {
      await errorOf(client.send(new PutObjectCommand({ Bucket, Key, Body: 'sentinel-of-a-traversal' })));
      const read = await client
        .send(new GetObjectCommand({ Bucket, Key }))
        .then((answer) => answer.Body?.transformToString())
        .catch(() => undefined);
      if (read !== undefined && read !== 'sentinel-of-a-traversal') problems.push(`${Key} reads something else`);
    }
    client.destroy();
    const written = await filesWith(join(cloud.directory, '..'), ['sentinel-of-a-traversal']);
    const outside = written.filter((file) => !file.startsWith(join(cloud.directory, 's3')));
    return [...problems, ...outside.map((file) => `written to ${file}`)];
  }),
);

it(security.loopbackOnly.id, () =>
  tryFault(security.loopbackOnly, async (note) => {
    const workspace = await startWorkspacePort();
    const addresses = Object.values(networkInterfaces())
      .flatMap((known) => known ?? [])
      .filter(({ address, scopeid }) => address !== '127.0.0.1' && !scopeid)
      .map(({ address }) => address);
    const tried = [...addresses, '127.0.0.2'];
    note(`${tried.length} addresses`);
    const open: string[] = [];
    for (const port of [cloud.port, workspace]) {
      if (!(await canConnect('127.0.0.1', port))) open.push(`127.0.0.1:${port} does not answer`);
      for (const address of tried) if (await canConnect(address, port)) open.push(`${address}:${port} is open`);
    }
    return open;
  }),
);

it(security.crossOrigin.id, () =>
  tryFault(security.crossOrigin, async () => {
    const workspace = await startWorkspacePort();
    const problems: string[] = [];
    for (const port of [cloud.port, workspace]) {
      for (const [method, path] of [
        ['GET', '/'],
        ['GET', '/api/health'],
        ['OPTIONS', '/api/datasources'],
        ['POST', '/'],
      ]) {
        const { status, headers } = await exchange(
          port,
          `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        );
        if (status !== 403) problems.push(`${method} ${path} answered ${status}`);
        if (headers['access-control-allow-origin'] !== undefined) problems.push(`${method} ${path} allows an origin`);
      }
    }
    return problems;
  }),
);

it(security.rebinding.id, () =>
  tryFault(security.rebinding, async () => {
    const workspace = await startWorkspacePort();
    const problems: string[] = [];
    for (const port of [cloud.port, workspace]) {
      for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '[::1]:80']) {
        const { status } = await exchange(
          port,
          `GET /api/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        );
        if (status !== 403) problems.push(`Host ${host} answered ${status}`);
      }
    }
    return problems;
  }),
);

/** The port of a workspace of this cloud, made when it is first asked for. */
let workspacePort: Promise<number> | undefined;
function startWorkspacePort(): Promise<number> {
  workspacePort ??= (async () => {
    const { GrafanaClient, CreateWorkspaceCommand } = await import('@aws-sdk/client-grafana');
    const client = new GrafanaClient(cloud.client);
    await roleCredentials(cloud.kernel, 'workspace', []).catch(() => undefined);
    await client.send(
      new CreateWorkspaceCommand({
        accountAccessType: 'CURRENT_ACCOUNT',
        permissionType: 'CUSTOMER_MANAGED',
        authenticationProviders: ['SAML'],
        workspaceName: 'open',
        workspaceRoleArn: 'arn:aws:iam::000000000000:role/workspace',
        grafanaVersion: '12.4',
      }),
    );
    client.destroy();
    for (;;) {
      const [workspace] = cloud.grafana.workspaces();
      if (workspace?.status === 'ACTIVE') return Number(new URL(workspace.url).port);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return workspacePort;
}

async function errorOf(request: Promise<unknown>): Promise<string | undefined> {
  return request.then(
    () => undefined,
    (error: Error) => error.name,
  );
}
