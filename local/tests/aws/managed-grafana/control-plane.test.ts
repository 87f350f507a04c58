import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreateWorkspaceApiKeyCommand,
  CreateWorkspaceCommand,
  CreateWorkspaceServiceAccountCommand,
  CreateWorkspaceServiceAccountTokenCommand,
  DeleteWorkspaceCommand,
  DeleteWorkspaceServiceAccountTokenCommand,
  DescribeWorkspaceAuthenticationCommand,
  DescribeWorkspaceCommand,
  DescribeWorkspaceConfigurationCommand,
  ListPermissionsCommand,
  ListTagsForResourceCommand,
  ListVersionsCommand,
  ListWorkspaceServiceAccountsCommand,
  ListWorkspaceServiceAccountTokensCommand,
  paginateListWorkspaces,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePermissionsCommand,
  UpdateWorkspaceCommand,
  UpdateWorkspaceConfigurationCommand,
} from '@aws-sdk/client-grafana';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { createDirectory } from '../../../aws/identity';
import { type GrafanaCloud, startGrafanaCloud } from '../../grafana-server/support/grafana-cloud';

const failure = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => ({ name: 'no error' }),
    (error: Record<string, unknown>) => error,
  );

/** Transitions long enough for a test to see them. */
const visible = { create: 5, update: 250, restart: 0, delete: 5, interfaces: 250 };

describe('Amazon Managed Grafana, control plane', () => {
  let cloud: GrafanaCloud;
  beforeEach(async () => {
    cloud = await startGrafanaCloud();
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  it('creates a workspace that answers 503 while CREATING, and deletes it with its contents', async () => {
    const slow = await startGrafanaCloud({ delays: { create: 250, delete: 5 } });
    const { workspace } = await slow.client.send(
      new CreateWorkspaceCommand(slow.request({ tags: { project: 'demo' } })),
    );
    const { id = '', endpoint = '' } = workspace ?? {};
    expect(workspace).toMatchObject({
      status: 'CREATING',
      grafanaVersion: '12.4',
      tags: { project: 'demo' },
      authentication: { providers: ['SAML'], samlConfigurationStatus: 'NOT_CONFIGURED' },
    });
    expect(workspace?.created).toBeInstanceOf(Date);
    expect(id).toMatch(/^g-[0-9a-f]{10}$/);
    expect((await fetch(`${endpoint}/api/health`)).status).toBe(503);
    await slow.until(id, 'ACTIVE');
    expect(await (await fetch(`${endpoint}/api/health`)).json()).toMatchObject({ database: 'ok', version: '12.4.0' });
    expect(slow.module.workspaces()).toEqual([
      { id, name: 'demo', url: endpoint, version: '12.4', status: 'ACTIVE', label: 'Grafana stand-in' },
    ]);
    const deleted = await slow.client.send(new DeleteWorkspaceCommand({ workspaceId: id }));
    expect(deleted.workspace?.status).toBe('DELETING');
    let last: Record<string, unknown> = {};
    while (last['name'] !== 'ResourceNotFoundException')
      last = await failure(slow.client.send(new DescribeWorkspaceCommand({ workspaceId: id })));
    expect(last).toMatchObject({ resourceId: id, resourceType: 'Workspace' });
    await expect(fetch(`${endpoint}/api/health`)).rejects.toThrow();
    await slow[Symbol.asyncDispose]();
  });

  it('returns the same workspace for the same clientToken and refuses the token with another request', async () => {
    const request = cloud.request({ clientToken: 'token-1' });
    const first = await cloud.client.send(new CreateWorkspaceCommand(request));
    const second = await cloud.client.send(new CreateWorkspaceCommand(request));
    expect(second.workspace?.id).toBe(first.workspace?.id);
    expect(
      await failure(cloud.client.send(new CreateWorkspaceCommand({ ...request, workspaceName: 'other' }))),
    ).toMatchObject({ name: 'ConflictException' });
    expect(cloud.module.workspaces()).toHaveLength(1);
  });

  it.each([
    ['SERVICE_MANAGED by API', { permissionType: 'SERVICE_MANAGED' }, /CUSTOMER_MANAGED/],
    ['no role', { workspaceRoleArn: undefined }, /workspaceRoleArn/],
    ['an unknown version', { grafanaVersion: '11.1' }, /8\.4, 9\.4, 10\.4, 12\.4, 13\.2/],
    [
      'AWS_SSO without Identity Center',
      { authenticationProviders: ['AWS_SSO'] },
      /^SSO is not enabled in any region\.$/,
    ],
    ['workspaceDataSources', { workspaceDataSources: ['PROMETHEUS'] }, /internal use/],
    [
      'one subnet',
      { vpcConfiguration: { subnetIds: ['subnet-00000001'], securityGroupIds: ['sg-00000001'] } },
      /subnetIds/,
    ],
    [
      'the same subnet twice',
      { vpcConfiguration: { subnetIds: ['subnet-00000001', 'subnet-00000001'], securityGroupIds: ['sg-00000001'] } },
      /Duplicates/,
    ],
    ['a bad name', { workspaceName: 'my workspace' }, /workspaceName/],
    ['a configuration that is not JSON', { configuration: 'nonsense{' }, /not a JSON object/],
    ['an unknown configuration key', { configuration: '{"smtp":{}}' }, /unknown key "smtp"/],
  ])('refuses %s', async (_name, overrides, message) => {
    const error = await failure(cloud.client.send(new CreateWorkspaceCommand(cloud.request(overrides as never))));
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
    expect(cloud.module.workspaces()).toHaveLength(0);
    expect(await cloud.journal()).toContainEqual(
      expect.objectContaining({
        operation: 'CreateWorkspace',
        status: 400,
        error: expect.stringMatching(/^ValidationException: /),
      }),
    );
  });

  it('refuses a member and an operation that the API does not have', async () => {
    const body = JSON.stringify({ ...cloud.request(), grafanaVersions: '12.4' });
    const url = new URL(`${cloud.kernel.endpoint}/workspaces`);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const signer = new SignatureV4({ service: 'grafana', region: 'eu-west-1', credentials, sha256: Sha256 });
    const headers = { host: url.host, 'content-type': 'application/json' };
    const signed = await signer.sign(new HttpRequest({ method: 'POST', path: url.pathname, headers, body }));
    const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('ValidationException');
    expect(await answer.json()).toMatchObject({
      reason: 'FIELD_VALIDATION_FAILED',
      fieldList: [{ name: 'grafanaVersions', message: expect.any(String) }],
    });
    const key = new CreateWorkspaceApiKeyCommand({
      workspaceId: 'g-0000000000',
      keyName: 'k',
      keyRole: 'ADMIN',
      secondsToLive: 60,
    });
    expect(await failure(cloud.client.send(key))).toMatchObject({
      name: 'ValidationException',
      reason: 'UNKNOWN_OPERATION',
    });
  });

  it('checks subnets and security groups against those of the stack when it knows them', async () => {
    const subnets: Record<string, { vpcId: string; zone: string; availableAddresses: number }> = {
      'subnet-00000001': { vpcId: 'vpc-1', zone: 'a', availableAddresses: 200 },
      'subnet-00000002': { vpcId: 'vpc-1', zone: 'b', availableAddresses: 200 },
      'subnet-00000003': { vpcId: 'vpc-1', zone: 'a', availableAddresses: 200 },
      'subnet-00000004': { vpcId: 'vpc-1', zone: 'b', availableAddresses: 14 },
    };
    const known = await startGrafanaCloud({
      delays: visible,
      network: {
        subnet: (id) => subnets[id],
        securityGroup: (id) =>
          id === 'sg-00000001' ? { vpcId: 'vpc-1' } : id === 'sg-00000002' ? { vpcId: 'vpc-2' } : undefined,
      },
    });
    const create = (subnetIds: string[], group = 'sg-00000001') =>
      failure(
        known.client.send(
          new CreateWorkspaceCommand(known.request({ vpcConfiguration: { subnetIds, securityGroupIds: [group] } })),
        ),
      );
    expect(await create(['subnet-00000001', 'subnet-00000009'])).toMatchObject({
      message: "The subnet ID 'subnet-00000009' does not exist",
    });
    expect(await create(['subnet-00000001', 'subnet-00000003'])).toMatchObject({
      message: expect.stringContaining('two Availability Zones'),
    });
    expect(await create(['subnet-00000001', 'subnet-00000004'])).toMatchObject({
      message: expect.stringContaining('15 are needed'),
    });
    expect(await create(['subnet-00000001', 'subnet-00000002'], 'sg-00000002')).toMatchObject({
      message: expect.stringContaining('same VPC'),
    });
    const workspace = await known.workspace({
      vpcConfiguration: { subnetIds: ['subnet-00000001', 'subnet-00000002'], securityGroupIds: ['sg-00000001'] },
    });
    expect(known.module.networkInterfaces()).toMatchObject([
      { subnetId: 'subnet-00000001', status: 'in-use', tags: { AmazonGrafanaManaged: 'true' } },
      { subnetId: 'subnet-00000002', status: 'in-use' },
    ]);
    await known.client.send(new DeleteWorkspaceCommand({ workspaceId: workspace.id }));
    while (known.module.workspaces().length > 0) await new Promise(setImmediate);
    expect(known.module.networkInterfaces()).toMatchObject([{ status: 'available' }, { status: 'available' }]);
    while (known.module.networkInterfaces().length > 0) await new Promise(setImmediate);
    await known[Symbol.asyncDispose]();
  });

  it('updates a workspace, its VPC and its configuration; it is UPDATING meanwhile', async () => {
    await using cloud = await startGrafanaCloud({ delays: visible });
    const { id, endpoint } = await cloud.workspace();
    const vpcConfiguration = { subnetIds: ['subnet-00000001', 'subnet-00000002'], securityGroupIds: ['sg-00000001'] };
    const updated = await cloud.client.send(
      new UpdateWorkspaceCommand({ workspaceId: id, vpcConfiguration, workspaceDescription: 'mine' }),
    );
    expect(updated.workspace).toMatchObject({
      status: 'UPDATING',
      vpcConfiguration,
      description: 'mine',
      name: 'demo',
    });
    expect(await failure(cloud.client.send(new UpdateWorkspaceCommand({ workspaceId: id })))).toMatchObject({
      name: 'ConflictException',
    });
    await cloud.until(id, 'ACTIVE');
    const configuration = { plugins: { pluginAdminEnabled: true }, unifiedAlerting: { enabled: true } };
    await cloud.client.send(
      new UpdateWorkspaceConfigurationCommand({ workspaceId: id, configuration: JSON.stringify(configuration) }),
    );
    expect((await fetch(`${endpoint}/api/health`)).status).toBe(503);
    await cloud.until(id, 'ACTIVE');
    expect((await fetch(`${endpoint}/api/health`)).status).toBe(200);
    const described = await cloud.client.send(new DescribeWorkspaceConfigurationCommand({ workspaceId: id }));
    expect(JSON.parse(String(described.configuration))).toEqual(configuration);
  });

  it('requires the configuration in an upgrade request', async () => {
    const { id } = await cloud.workspace({ grafanaVersion: '10.4' });
    const upgrade = { workspaceId: id, grafanaVersion: '12.4', configuration: undefined };
    expect(await failure(cloud.client.send(new UpdateWorkspaceConfigurationCommand(upgrade)))).toMatchObject({
      name: 'ValidationException',
      fieldList: [{ name: 'configuration', message: 'Member must not be null' }],
    });
  });

  it('upgrades to a newer Grafana and refuses a downgrade', async () => {
    await using cloud = await startGrafanaCloud({ delays: visible });
    const { id, endpoint } = await cloud.workspace({ grafanaVersion: '10.4' });
    const to = (grafanaVersion: string) =>
      cloud.client.send(
        new UpdateWorkspaceConfigurationCommand({ workspaceId: id, configuration: '{}', grafanaVersion }),
      );
    expect((await cloud.client.send(new ListVersionsCommand({ workspaceId: id }))).grafanaVersions).toEqual([
      '12.4',
      '13.2',
    ]);
    await to('13.2');
    expect((await cloud.client.send(new DescribeWorkspaceCommand({ workspaceId: id }))).workspace?.status).toBe(
      'VERSION_UPDATING',
    );
    await cloud.until(id, 'ACTIVE');
    expect(await (await fetch(`${endpoint}/api/health`)).json()).toMatchObject({ version: '13.2.0' });
    expect(await failure(to('12.4'))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('possible: none'),
    });
  });

  it('creates tokens that are returned once, count when expired, and are refused over the quota', async () => {
    const small = await startGrafanaCloud({ maxTokens: 2 });
    const { id } = await small.workspace();
    const account = await small.client.send(
      new CreateWorkspaceServiceAccountCommand({ workspaceId: id, name: 'setup', grafanaRole: 'ADMIN' }),
    );
    const mint = (name: string, secondsToLive = 60) =>
      small.client.send(
        new CreateWorkspaceServiceAccountTokenCommand({
          workspaceId: id,
          serviceAccountId: account.id,
          name,
          secondsToLive,
        }),
      );
    const first = await mint('one', 1);
    expect(first.serviceAccountToken?.key).toMatch(/^glsa_\w{32}_[0-9a-f]{8}$/);
    expect(await failure(mint('one'))).toMatchObject({ name: 'ConflictException' });
    expect(await failure(mint('long', 30 * 24 * 3600 + 1))).toMatchObject({ name: 'ValidationException' });
    await mint('two');
    small.skew = 2000;
    expect(await failure(mint('three'))).toMatchObject({
      name: 'ServiceQuotaExceededException',
      quotaCode: expect.any(String),
    });
    const list = await small.client.send(
      new ListWorkspaceServiceAccountTokensCommand({ workspaceId: id, serviceAccountId: account.id }),
    );
    expect(list.serviceAccountTokens?.map((token) => Object.keys(token).includes('key'))).toEqual([false, false]);
    await small.client.send(
      new DeleteWorkspaceServiceAccountTokenCommand({
        workspaceId: id,
        serviceAccountId: account.id,
        tokenId: first.serviceAccountToken?.id,
      }),
    );
    await mint('three');
    expect(
      await failure(
        small.client.send(
          new DeleteWorkspaceServiceAccountTokenCommand({
            workspaceId: id,
            serviceAccountId: account.id,
            tokenId: first.serviceAccountToken?.id,
          }),
        ),
      ),
    ).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(
      await failure(
        small.client.send(
          new CreateWorkspaceServiceAccountCommand({ workspaceId: id, name: 'setup', grafanaRole: 'ADMIN' }),
        ),
      ),
    ).toMatchObject({ name: 'ConflictException' });
    expect(
      (await small.client.send(new ListWorkspaceServiceAccountsCommand({ workspaceId: id }))).serviceAccounts,
    ).toMatchObject([{ name: 'setup', grafanaRole: 'ADMIN' }]);
    await small[Symbol.asyncDispose]();
  });

  it('lists in pages and refuses a sixth workspace', async () => {
    for (let count = 0; count < 5; count += 1) await cloud.workspace({ workspaceName: `w${count}` });
    expect(await failure(cloud.client.send(new CreateWorkspaceCommand(cloud.request())))).toMatchObject({
      name: 'ServiceQuotaExceededException',
    });
    const names: (string | undefined)[] = [];
    for await (const page of paginateListWorkspaces({ client: cloud.client, pageSize: 2 }, {}))
      names.push(...(page.workspaces ?? []).map((one) => one.name));
    expect(names).toEqual(['w0', 'w1', 'w2', 'w3', 'w4']);
  });

  it('tags and untags', async () => {
    const { id } = await cloud.workspace({ tags: { a: '1' } });
    const resourceArn = `arn:aws:grafana:eu-west-1:000000000000:/workspaces/${id}`;
    await cloud.client.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }));
    await cloud.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    expect((await cloud.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: '2' });
  });

  it('grants access to users in the directory, reports each error in a 200 answer, and can lose an assignment', async () => {
    const directory = createDirectory();
    const sso = await startGrafanaCloud({ directory });
    const { id } = await sso.workspace({ authenticationProviders: ['AWS_SSO'] });
    expect(
      (await sso.client.send(new DescribeWorkspaceAuthenticationCommand({ workspaceId: id }))).authentication?.awsSso
        ?.ssoClientId,
    ).toBeTruthy();
    const [person] = directory.entries;
    const update = (userId: string, action: 'ADD' | 'REVOKE' = 'ADD', role: 'ADMIN' | 'VIEWER' = 'ADMIN') =>
      sso.client.send(
        new UpdatePermissionsCommand({
          workspaceId: id,
          updateInstructionBatch: [{ action, role, users: [{ id: userId, type: 'SSO_USER' }] }],
        }),
      );
    const granted = () =>
      sso.client.send(new ListPermissionsCommand({ workspaceId: id })).then((answer) => answer.permissions);
    expect((await update('00000000-0000-4000-8000-00000000dead')).errors).toMatchObject([
      { code: 400, causedBy: { action: 'ADD' } },
    ]);
    expect((await update(person?.id ?? '')).errors).toEqual([]);
    expect(await granted()).toEqual([{ role: 'ADMIN', user: { id: person?.id, type: 'SSO_USER' } }]);
    await update(person?.id ?? '', 'REVOKE');
    sso.module.plant({ operation: 'UpdatePermissions', kind: 'ignored' });
    expect((await update(person?.id ?? '', 'ADD', 'VIEWER')).errors).toEqual([]);
    expect(await granted()).toEqual([]);
    await sso[Symbol.asyncDispose]();
  });

  it('accepts 20 users in a call, summed over its instructions', async () => {
    const sso = await startGrafanaCloud({ directory: createDirectory() });
    const { id } = await sso.workspace({ authenticationProviders: ['AWS_SSO'] });
    const instruction = (role: 'ADMIN' | 'VIEWER', count: number) => ({
      action: 'ADD' as const,
      role,
      users: Array.from({ length: count }, () => ({ id: directory.entries[0]?.id, type: 'SSO_USER' as const })),
    });
    const directory = createDirectory();
    const update = (viewers: number) =>
      sso.client.send(
        new UpdatePermissionsCommand({
          workspaceId: id,
          updateInstructionBatch: [instruction('ADMIN', 10), instruction('VIEWER', viewers)],
        }),
      );
    expect((await update(10)).errors).toEqual([]);
    expect(await failure(update(11))).toMatchObject({ name: 'ValidationException' });
    await sso[Symbol.asyncDispose]();
  });

  it.each(['CREATION_FAILED', 'FAILED'])('ends in %s when a test injects that status', async (status) => {
    cloud.module.plant({ operation: 'CreateWorkspace', kind: 'becomes', status });
    const { workspace } = await cloud.client.send(new CreateWorkspaceCommand(cloud.request()));
    await cloud.until(workspace?.id ?? '', status);
    await cloud.client.send(new DeleteWorkspaceCommand({ workspaceId: workspace?.id }));
  });

  it('answers with injected errors, before or after it applies the request', async () => {
    cloud.module.plant({
      operation: 'CreateWorkspace',
      kind: 'error',
      status: 500,
      code: 'InternalServerException',
      after: true,
    });
    expect(await failure(cloud.client.send(new CreateWorkspaceCommand(cloud.request())))).toMatchObject({
      name: 'InternalServerException',
    });
    expect(cloud.module.workspaces()).toHaveLength(1);
  });

  it('throttles over the documented rate with a Retry-After header', async () => {
    const strict = await startGrafanaCloud({ throttle: { ratePerSecond: 1, describeRatePerSecond: 5, burst: 1 } });
    const list = () => strict.client.send(new ListVersionsCommand({}));
    await list();
    expect(await failure(list())).toMatchObject({
      name: 'ThrottlingException',
      retryAfterSeconds: 1,
      $metadata: { httpStatusCode: 429 },
    });
    strict.skew = 1000;
    await list();
    await strict[Symbol.asyncDispose]();
  });

  it.each([
    ['iam:PassRole', 'arn:aws:iam::000000000000:role/workspace'],
    [
      'iam:CreateServiceLinkedRole',
      'arn:aws:iam::000000000000:role/aws-service-role/grafana.amazonaws.com/AWSServiceRoleForAmazonManagedGrafana',
    ],
    ['ec2:DescribeSubnets', '*'],
    ['organizations:DescribeOrganization', '*'],
  ])('needs %s of the caller to create a workspace in a VPC', async (missing, resource) => {
    const all = ['grafana:*', 'iam:PassRole', 'iam:CreateServiceLinkedRole', 'ec2:Describe*', 'organizations:*'];
    const client = cloud.clientOf('limited', [
      { Effect: 'Allow', Action: all, Resource: '*' },
      { Effect: 'Deny', Action: missing, Resource: '*' },
    ]);
    const vpcConfiguration = { subnetIds: ['subnet-00000001', 'subnet-00000002'], securityGroupIds: ['sg-00000001'] };
    const error = await failure(client.send(new CreateWorkspaceCommand(cloud.request({ vpcConfiguration }))));
    expect(error).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`${missing} on resource: ${resource}`),
    });
  });

  it('allows a role with a condition on a tag only workspaces that have the tag, and no deleted ones', async () => {
    const others = ['iam:CreateServiceLinkedRole', 'iam:PassRole', 'organizations:DescribeOrganization', 'sso:*'];
    const own = cloud.clientOf('tagged', [
      { Effect: 'Allow', Action: others, Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['grafana:CreateWorkspace', 'grafana:TagResource'],
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:RequestTag/owner': 'us' },
          StringEqualsIfExists: { 'aws:ResourceTag/owner': 'us' },
        },
      },
      {
        Effect: 'Allow',
        Action: ['grafana:DescribeWorkspace', 'grafana:ListTagsForResource', 'grafana:UntagResource'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/owner': 'us' } },
      },
    ]);
    const create = (tags?: Record<string, string>) =>
      own.send(new CreateWorkspaceCommand(cloud.request({ tags, workspaceName: `of-${tags?.['owner']}` })));
    const { id } = (await create({ owner: 'us', more: 'x' })).workspace ?? {};
    const theirs = await cloud.workspace({ workspaceName: 'theirs', tags: { owner: 'them' } });
    const bare = await cloud.workspace({ workspaceName: 'bare' });
    const arn = (of = '') => `arn:aws:grafana:eu-west-1:000000000000:/workspaces/${of}`;
    const tag = (of: string | undefined, tags: Record<string, string>) =>
      own.send(new TagResourceCommand({ resourceArn: arn(of), tags }));
    const describe = (workspaceId = '') => own.send(new DescribeWorkspaceCommand({ workspaceId }));

    await cloud.until(String(id), 'ACTIVE');
    expect((await describe(id)).workspace).toMatchObject({ id, tags: { owner: 'us', more: 'x' } });
    await tag(id, { owner: 'us', more: 'y' });
    const refused = await Promise.all(
      [
        create(),
        create({ owner: 'them' }),
        tag(id, { owner: 'them' }),
        tag(theirs.id, { owner: 'us' }),
        describe(theirs.id),
        describe(bare.id),
        describe('g-0123456789'),
        own.send(new ListTagsForResourceCommand({ resourceArn: arn(theirs.id) })),
        own.send(new UntagResourceCommand({ resourceArn: arn(theirs.id), tagKeys: ['owner'] })),
      ].map(failure),
    );
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ name: 'AccessDeniedException' })));
    await own.send(new UntagResourceCommand({ resourceArn: arn(id), tagKeys: ['owner'] }));
    expect(await failure(describe(id))).toMatchObject({ name: 'AccessDeniedException' });
  });
});
