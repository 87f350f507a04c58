import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GrafanaClient, ListWorkspacesCommand } from '@aws-sdk/client-grafana';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type ControlPlane, roleCredentials, startControlPlane } from './support/control-plane';

let now = () => new Date();
let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane(() => now());
});
afterAll(() => plane.close());
beforeEach(() => {
  now = () => new Date();
});

const clients = {
  sts: (settings: object) => new STSClient({ ...plane.client, ...settings }).send(new GetCallerIdentityCommand({})),
  logs: (settings: object) =>
    new CloudWatchLogsClient({ ...plane.client, ...settings }).send(new DescribeLogGroupsCommand({})),
  s3: (settings: object) =>
    new S3Client({ ...plane.client, forcePathStyle: true, ...settings }).send(new ListBucketsCommand({})),
};

describe('a signed request', () => {
  it('has the rights of the deployer when it is signed with the keys local/local', async () => {
    const identity = await clients.sts({});
    expect(identity.Arn).toBe('arn:aws:iam::123456789012:user/local');
  });

  it.each([
    ['sts', 'SignatureDoesNotMatch'],
    ['logs', 'InvalidSignatureException'],
    ['s3', 'SignatureDoesNotMatch'],
  ] as const)('of %s with a wrong secret gets %s', async (service, code) => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'wrong' };
    await expect(clients[service]({ credentials })).rejects.toMatchObject({ name: code });
  });

  it.each([
    ['sts', 'InvalidClientTokenId'],
    ['logs', 'UnrecognizedClientException'],
    ['s3', 'InvalidAccessKeyId'],
  ] as const)('of %s with an unknown key gets %s', async (service, code) => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'local' };
    await expect(clients[service]({ credentials })).rejects.toMatchObject({ name: code });
  });

  it.each([
    ['sts', 'ExpiredToken'],
    ['logs', 'ExpiredTokenException'],
    ['s3', 'ExpiredToken'],
  ] as const)('of %s with credentials that have expired gets %s', async (service, code) => {
    const { credentials } = await roleCredentials(plane.kernel, `expired-${service}`, []);
    const later = credentials.expiration.getTime() + 1000;
    now = () => new Date(later);
    const { expiration: _expiration, ...keys } = credentials;
    await expect(clients[service]({ credentials: keys, systemClockOffset: later - Date.now() })).rejects.toMatchObject({
      name: code,
    });
  });

  it.each([
    ['sts', 'SignatureDoesNotMatch'],
    ['s3', 'RequestTimeTooSkewed'],
    ['logs', 'InvalidSignatureException'],
  ] as const)('of %s from a clock that is 20 minutes off gets %s', async (service, code) => {
    now = () => new Date(Date.now() + 20 * 60_000);
    await expect(clients[service]({})).rejects.toMatchObject({ name: code });
  });

  it('with the token of another session gets InvalidClientTokenId', async () => {
    const { credentials } = await roleCredentials(plane.kernel, 'token-owner', []);
    const stolen = { ...credentials, sessionToken: 'another' };
    await expect(clients.sts({ credentials: stolen })).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('for another region is refused, and the answer says which region the cloud is in', async () => {
    await expect(clients.logs({ region: 'us-west-2' })).rejects.toThrow(/eu-west-1.*us-west-2/);
  });
});

describe('a request', () => {
  it.each(['x-amz-copy-source', 'x-amz-acl'])(
    'with %s added after it was signed is refused by the name of the header',
    async (name) => {
      const client = new STSClient(plane.client);
      client.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers[name] = 'added';
          return next(args);
        },
        // Runs after the signing, which is the last middleware of this step.
        { step: 'deserialize', name: 'addHeader' },
      );
      await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
        name: 'SignatureDoesNotMatch',
        message: expect.stringContaining(`not signed: ${name}`),
      });
      client.destroy();
    },
  );

  it('without a signature gets MissingAuthenticationToken', async () => {
    const answer = await send({
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('MissingAuthenticationToken');
  });

  it.each([
    ['s3', { 'user-agent': 'aws-sdk-js/3.1 api/s3#3.1' }, '<Error><Code>AccessDenied</Code>'],
    ['s3', { 'user-agent': 'aws-cli/2.1 md/command#s3api.list-buckets' }, '<Error><Code>AccessDenied</Code>'],
    ['sts', { 'content-type': 'application/x-www-form-urlencoded' }, '<Code>MissingAuthenticationToken</Code>'],
    [
      'states',
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.ListStateMachines' },
      '"__type":"MissingAuthenticationTokenException"',
    ],
    ['grafana', { 'content-type': 'application/json' }, '"message":"Request is missing Authentication Token"'],
  ])(
    'of %s without a signature gets the error in the form of the service (%j)',
    async (_service, headers, expected) => {
      const answer = await send({ method: 'POST', path: '/', headers: { ...headers } });
      expect(answer.body).toContain(expected);
    },
  );

  it('for a service of another region that the cloud does not have names the service', async () => {
    const client = new GrafanaClient({ ...plane.client, region: 'us-west-2' });
    await expect(client.send(new ListWorkspacesCommand({}))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: 'The local cloud does not have the service "grafana".',
    });
    client.destroy();
  });

  it('for a service that speaks XML gets its error as XML', async () => {
    const credential = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/route53/aws4_request';
    const answer = await send({
      method: 'GET',
      path: '/2013-04-01/hostedzone',
      headers: {
        authorization: `${credential}, SignedHeaders=host, Signature=0`,
        'x-amz-date': '20260101T000000Z',
      },
    });
    expect(answer.body).toMatch(/^<ErrorResponse><Error>.*<Code>SignatureDoesNotMatch</s);
  });

  it('for an operation or a service that the cloud does not have gets UnsupportedOperation that names it', async () => {
    const client = new IAMClient({ ...plane.client });
    await expect(client.send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('iam:ListUsers'),
    });
    const grafana = new GrafanaClient(plane.client);
    await expect(grafana.send(new ListWorkspacesCommand({}))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('"grafana"'),
    });
  });

  it.each([
    ['a web page of another origin', { origin: 'https://example.com' }, 'https://example.com'],
    ['a name that resolves to 127.0.0.1', { host: 'attacker.example:80' }, 'attacker.example'],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'cross-site'],
  ])('by %s is refused', async (_name, headers, named) => {
    const answer = await send({ method: 'POST', path: '/', headers });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain(named);
  });
});

describe('a session of a role', () => {
  it('may do what its policies allow, and gets AWS’s message for the rest', async () => {
    const { credentials } = await roleCredentials(plane.kernel, 'lister', [
      { Effect: 'Allow', Action: 'logs:DescribeLog*', Resource: '*' },
    ]);
    await expect(clients.logs({ credentials })).resolves.toMatchObject({ logGroups: [] });
    await expect(clients.s3({ credentials })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'arn:aws:sts::123456789012:assumed-role/lister/session is not authorized to perform: s3:ListAllMyBuckets',
      ),
    });
  });

  it('is refused by AssumeRole when the trust policy does not name the caller', async () => {
    await roleCredentials(plane.kernel, 'for-lambda', []);
    const client = new STSClient(plane.client);
    const command = new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/for-lambda',
      RoleSessionName: 'me',
    });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('the journal', () => {
  it('has a line for every request, without tokens, keys and signatures', async () => {
    const { credentials } = await roleCredentials(plane.kernel, 'journalled', [
      { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    ]);
    const client = new S3Client({ ...plane.client, credentials, forcePathStyle: true });
    await client.send(new GetObjectCommand({ Bucket: 'none', Key: 'a' })).catch(() => undefined);
    plane.kernel.journal({
      service: 'grafana',
      operation: 'CreateWorkspaceServiceAccountToken',
      method: 'POST',
      path: '/workspaces/g-1/serviceaccounts/1/tokens?X-Amz-Security-Token=abc',
      status: 200,
      ms: 1,
      body: JSON.stringify({
        serviceAccountToken: { key: 'glsa_secret' },
        nested: [{ password: 'p4ss' }],
        name: 'kept',
      }),
    });
    const journal = await readFile(plane.kernel.journalFile, 'utf8');
    expect(journal).toContain('"operation":"GetObject","method":"GET","path":"/none/a');
    expect(journal).toContain('\\"name\\":\\"kept\\"');
    for (const secret of ['glsa_secret', 'p4ss', 'Token=abc', credentials.sessionToken, credentials.secretAccessKey]) {
      expect(journal).not.toContain(secret);
    }
  });
});

function send(options: { method: string; path: string; headers: Record<string, string> }) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: plane.kernel.port, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}
