import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { unpackFunctionCode } from '../../local/aws/lambda/function-code';
import { encodeWrite } from '../../local/engines/wire/remote-write';
import type { JsonObject } from '../../local/kernel/contracts';
import { roleCredentials } from '../../local/tests/kernel/support/control-plane';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { exchange } from '../helpers/raw-http';
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

/** Reports a write that was accepted, by its status or by the workspaces' content. */
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

it('accepts a valid write (the control of the tests below)', async () => {
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

it(security.writeReplayedAtOnce.id, () =>
  tryFault(security.writeReplayedAtOnce, async () => {
    const signed = await signedPost(urlOf(0), 'aps', samples('replayed_at_once_total'), deployer);
    const count = async (name: string) => {
      const query = new URLSearchParams({ query: `count_over_time(${name}[5m])` });
      const { body } = await cloud.aps.query(workspaces[0] ?? '', 'query', query);
      const { data } = JSON.parse(String(body)) as { data: { result: { value: [number, string] }[] } };
      return Number(data.result[0]?.value[1] ?? 0);
    };
    const answered = [await sendPost(signed), await sendPost(signed)];
    const stored = await count('replayed_at_once_total');
    const changed = await sendPost({ ...signed, body: samples('replayed_and_changed_total') });
    return [
      ...(answered.every((status) => status === 200) ? [] : [`answered ${answered.join(' and ')}`]),
      ...(stored === 1 ? [] : [`${stored} samples are stored`]),
      ...(await notRefused(changed, 'replayed_and_changed_total')),
    ];
  }),
);

it(security.zipSlip.id, () =>
  tryFault(security.zipSlip, async () => {
    const root = join(cloud.directory, 'zip-slip', 'code');
    const sentinel = strToU8('sentinel-of-a-zip');
    const names = [
      '../escaped.js',
      '../../escaped.js',
      'a/../../../escaped.js',
      '/tmp/escaped.js',
      '..\\..\\escaped.js',
    ];
    const packages: Zippable[] = names.map((name) => ({ 'index.js': sentinel, [name]: sentinel }));
    // A symbolic link in a zip is an entry with the link mode whose content is the target's path.
    packages.push({ 'index.js': sentinel, link: [strToU8('../../../..'), { os: 3, attrs: (0o120777 << 16) >>> 0 }] });
    const problems: string[] = [];
    for (const entries of packages) {
      const unpacked = await unpackFunctionCode(Buffer.from(zipSync(entries)), root).catch(
        (error: Error) => error.name,
      );
      if (typeof unpacked === 'string' && unpacked !== 'InvalidParameterValueException')
        problems.push(`${Object.keys(entries)[1]} ended with ${unpacked}`);
      if (
        typeof unpacked !== 'string' &&
        (await readdir(unpacked.directory, { withFileTypes: true })).some((entry) => entry.isSymbolicLink())
      )
        problems.push('a symbolic link was made');
    }
    const outside = (await filesWith(join(cloud.directory, '..'), ['sentinel-of-a-zip'])).filter(
      (file) => !file.startsWith(root),
    );
    if (existsSync('/tmp/escaped.js')) problems.push('/tmp/escaped.js was written');
    return [...problems, ...outside.map((file) => `written to ${file}`)];
  }),
);

it(security.pageTraversal.id, () =>
  tryFault(security.pageTraversal, async () => {
    const problems: string[] = [];
    const secrets = /root:x:0:0|"devDependencies"|startTestCloud/;
    for (const up of ['..', '%2e%2e', '..%2f..', '..%5c..', '....//..', '..;']) {
      for (const path of [
        `/_page/${up}/${up}/package.json`,
        `/_page/evidence/${up}%2fetc%2fpasswd`,
        `/${up}/${up}/${up}/etc/passwd`,
      ]) {
        const { status, body } = await exchange(
          cloud.port,
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${cloud.port}\r\nConnection: close\r\n\r\n`,
        );
        if (secrets.test(String(body))) problems.push(`${path} answered a file`);
        // A request that is not for the page counts as an unsigned request to AWS.
        if (![403, 404].includes(status ?? 0)) problems.push(`${path} answered ${status}`);
      }
    }
    return problems;
  }),
);

it(security.journalInjection.id, () =>
  tryFault(security.journalInjection, async () => {
    const workspace = await startWorkspacePort();
    const forged = '{"service":"forged","operation":"Forged","status":200}';
    const problems: string[] = [];
    for (const port of [cloud.port, workspace]) {
      for (const path of [`/api/${encodeURIComponent(`\n${forged}\n`)}`, '/a%0d%0aX-Injected:%201', '/%1b%5b31mred']) {
        const { headers } = await exchange(
          port,
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Injected: 1\r\nUser-Agent: ${forged}\r\nX-Amz-Target: a.${forged}\r\nConnection: close\r\n\r\n`,
        );
        if ('x-injected' in headers) problems.push(`${path} brought a header back`);
      }
    }
    const client = new S3Client({ ...cloud.client, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'journalled' }));
    const object = { Bucket: 'journalled', Key: `a\n${forged}\n\u001b[31m` };
    await errorOf(client.send(new PutObjectCommand({ ...object, Body: `\n${forged}\n` })));
    await errorOf(client.send(new GetObjectCommand(object)));
    client.destroy();
    const lines = (await readFile(cloud.kernel.journalFile, 'utf8')).split('\n').filter(Boolean);
    for (const line of lines) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for them
      if (/[\u0000-\u001f\u007f]/.test(line)) problems.push('a line has a control character');
      if ((JSON.parse(line) as { readonly service: string }).service === 'forged') problems.push('a line is forged');
    }
    return lines.length > 6 ? problems : [...problems, `the journal has ${lines.length} lines`];
  }),
);

it(security.reportName.id, () =>
  tryFault(security.reportName, async () => {
    const client = new SFNClient(cloud.client);
    const problems: string[] = [];
    const stateMachineArn = await passingMachine();
    for (const name of ['../../escaped', 'a/b', 'a\\b', 'a\nb', '\u001b[31mred', 'a'.repeat(81)]) {
      const error = await errorOf(client.send(new StartExecutionCommand({ stateMachineArn, name })));
      if (error !== 'InvalidName') problems.push(`${JSON.stringify(name)} answered ${error ?? '200'}`);
    }
    client.destroy();
    return problems;
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

/** Makes a state machine without work and returns its ARN. */
async function passingMachine(): Promise<string> {
  const create = async (type: string, properties: JsonObject) =>
    cloud.kernel
      .resourceHandlers()
      .get(type)
      ?.create({ stackName: 'stack', stackId: 'stack', logicalId: 'Passing', type, tags: {}, properties });
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = { Version: '2012-10-17', Statement };
  await create('AWS::IAM::Role', { RoleName: 'passing', AssumeRolePolicyDocument });
  const machine = await create('AWS::StepFunctions::StateMachine', {
    StateMachineName: 'passing',
    RoleArn: 'arn:aws:iam::000000000000:role/passing',
    Definition: { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } },
  });
  return machine?.physicalId ?? '';
}

/** The port of a workspace of this cloud. The first call makes the workspace. */
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
