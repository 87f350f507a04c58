import {
  DescribeWorkspaceAuthenticationCommand,
  DescribeWorkspaceCommand,
  UpdateWorkspaceAuthenticationCommand,
  type UpdateWorkspaceAuthenticationCommandInput,
  UpdateWorkspaceCommand,
} from '@aws-sdk/client-grafana';
import { createDirectory } from '../../../aws/identity';
import { type GrafanaCloud, startGrafanaCloud } from '../../grafana-server/support/grafana-cloud';

type Change = Omit<UpdateWorkspaceAuthenticationCommandInput, 'workspaceId'>;

const idpMetadata = { url: 'https://idp.example.org/metadata' } as never;
const failure = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => ({ name: 'no error' }),
    (error: Record<string, unknown>) => error,
  );

describe('the authentication of a workspace', () => {
  let cloud: GrafanaCloud;
  let id: string;
  const change = (input: Change) =>
    cloud.client.send(new UpdateWorkspaceAuthenticationCommand({ workspaceId: id, ...input }));
  const told = async () =>
    (await cloud.client.send(new DescribeWorkspaceAuthenticationCommand({ workspaceId: id }))).authentication;

  beforeEach(async () => {
    cloud = await startGrafanaCloud({
      directory: createDirectory(),
      delays: { create: 5, update: 3000, restart: 5, delete: 5, interfaces: 5 },
    });
    ({ id } = await cloud.workspace({ authenticationProviders: ['SAML'] }));
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  it('keeps its old value until a change has taken effect, and refuses another change meanwhile', async () => {
    await change({
      authenticationProviders: ['SAML'],
      samlConfiguration: { idpMetadata, roleValues: { admin: ['platform'] }, loginValidityDuration: 60 },
    });
    expect((await told())?.saml).toEqual({ status: 'NOT_CONFIGURED' });
    expect(await failure(change({ authenticationProviders: ['AWS_SSO'] }))).toMatchObject({
      name: 'ConflictException',
    });
    expect(await failure(cloud.client.send(new UpdateWorkspaceCommand({ workspaceId: id })))).toMatchObject({
      name: 'ConflictException',
    });
    await cloud.until(id, 'ACTIVE');
    expect((await told())?.saml).toEqual({
      status: 'CONFIGURED',
      configuration: {
        idpMetadata,
        assertionAttributes: { name: 'displayName', login: 'mail', email: 'mail' },
        roleValues: { admin: ['platform'] },
        loginValidityDuration: 60,
      },
    });
    const { workspace } = await cloud.client.send(new DescribeWorkspaceCommand({ workspaceId: id }));
    expect(workspace?.authentication).toEqual({ providers: ['SAML'], samlConfigurationStatus: 'CONFIGURED' });
  });

  it('keeps a SAML configuration that a change leaves out, and deletes it with the provider', async () => {
    await change({ authenticationProviders: ['SAML'], samlConfiguration: { idpMetadata } });
    await cloud.until(id, 'ACTIVE');
    await change({ authenticationProviders: ['AWS_SSO', 'SAML'] });
    await cloud.until(id, 'ACTIVE');
    expect(await told()).toMatchObject({ saml: { status: 'CONFIGURED' }, awsSso: { ssoClientId: expect.any(String) } });
    await change({ authenticationProviders: ['AWS_SSO'] });
    await cloud.until(id, 'ACTIVE');
    expect((await told())?.saml).toBeUndefined();
  });

  it.each<[string, Change, RegExp]>([
    ['no provider', { authenticationProviders: [] }, /must name AWS_SSO, SAML or both/],
    ['an unknown provider', { authenticationProviders: ['OKTA' as never] }, /authenticationProviders/],
    [
      'SAML without its provider',
      { authenticationProviders: ['AWS_SSO'], samlConfiguration: { idpMetadata } },
      /needs the SAML authentication provider/,
    ],
    [
      'no metadata',
      { authenticationProviders: ['SAML'], samlConfiguration: { idpMetadata: undefined } },
      /samlConfiguration\.idpMetadata/,
    ],
    [
      'both a metadata URL and a document',
      {
        authenticationProviders: ['SAML'],
        samlConfiguration: { idpMetadata: { url: 'https://a', xml: '<a/>' } as never },
      },
      /idpMetadata/,
    ],
    [
      'a document that is not metadata',
      { authenticationProviders: ['SAML'], samlConfiguration: { idpMetadata: { xml: '<html/>' } } },
      /SAML 2\.0 metadata/,
    ],
    [
      'an empty group',
      { authenticationProviders: ['SAML'], samlConfiguration: { idpMetadata, roleValues: { admin: [''] } } },
      /roleValues\.admin.*between 1 and 256/,
    ],
    [
      'a name of an attribute that is too long',
      {
        authenticationProviders: ['SAML'],
        samlConfiguration: { idpMetadata, assertionAttributes: { role: 'x'.repeat(257) } },
      },
      /assertionAttributes\.role.*between 1 and 256/,
    ],
  ])('refuses %s', async (_title, input, message) => {
    expect(await failure(change(input))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, readonly Change['authenticationProviders'][]]>([
    ['sso:CreateManagedApplicationInstance', [['AWS_SSO']]],
    ['sso:DeleteManagedApplicationInstance', [['AWS_SSO'], ['SAML']]],
  ])('needs the permission %s of the caller to join and to leave Identity Center', async (missing, steps) => {
    const limited = cloud.clientOf('limited', [
      { Effect: 'Allow', Action: ['grafana:*', 'sso:*'], Resource: '*' },
      { Effect: 'Deny', Action: missing, Resource: '*' },
    ]);
    const last = steps.at(-1);
    for (const authenticationProviders of steps.slice(0, -1)) {
      await change({ authenticationProviders });
      await cloud.until(id, 'ACTIVE');
    }
    const refused = limited.send(
      new UpdateWorkspaceAuthenticationCommand({ workspaceId: id, authenticationProviders: last }),
    );
    expect(await failure(refused)).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(missing),
    });
  });
});
