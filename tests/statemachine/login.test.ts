import { createDirectory } from '../../local/aws/identity/directory';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { expectCleanFailure, hurryRetries } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

let cloud: MachineCloud;
afterEach(() => cloud?.close());

const file = 'local/cli/idp-metadata.xml';
const saml = {
  SAML_METADATA_URL: 'https://idp.example.org/metadata',
  SAML_ROLE_ATTRIBUTE: 'role',
  SAML_ADMIN_GROUPS: 'platform,Grafana Admins',
  SAML_EDITOR_GROUPS: 'developers',
  SAML_ORG_ATTRIBUTE: 'org',
  SAML_ALLOWED_ORGANIZATIONS: 'example',
  SAML_LOGIN_HOURS: '8',
};
/** A log-in change takes longer than one check, as on AWS. */
const slow = { delays: { create: 5, update: 1000, restart: 5, delete: 5, interfaces: 5 } };

const succeeded = async (mode?: 'verify') => {
  const run = await cloud.run('setup', mode && { mode });
  expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  return run;
};
const authentication = async () => cloud.amg.authentication(cloud.grafana.workspaces()[0]?.id ?? '');
/** Changes the functions' environment, as a later deploy does. The cloud restores it when it closes. */
const deployWith = (environment: Readonly<Record<string, string>>) => void Object.assign(process.env, environment);

describe('SAML', () => {
  it('is configured by the first setup, waited for, and unchanged in the second', async () => {
    cloud = await startMachineCloud({ grafana: slow, environment: saml });
    const first = await succeeded();
    expect(first.output['createWorkspace']).toMatchObject({ detail: expect.stringMatching(/log-in by SAML$/) });
    expect(first.output['configureLogin']).toMatchObject({
      outcome: 'updated',
      detail: 'log-in updated (SAML is not configured)',
    });
    expect(first.visited).toContain('WaitForLogin');
    expect(first.output['checkLogin']).toMatchObject({ status: 'READY', detail: 'log-in by SAML' });
    expect(first.output['grantAccess']).toMatchObject({
      outcome: 'unchanged',
      detail:
        'by SAML platform, Grafana Admins as ADMIN, developers as EDITOR, all other users of the identity provider as VIEWER',
    });
    expect(await authentication()).toEqual({
      providers: ['SAML'],
      saml: {
        status: 'CONFIGURED',
        configuration: {
          idpMetadata: { url: 'https://idp.example.org/metadata' },
          assertionAttributes: { role: 'role', org: 'org', name: 'displayName', login: 'mail', email: 'mail' },
          roleValues: { admin: ['platform', 'Grafana Admins'], editor: ['developers'] },
          allowedOrganizations: ['example'],
          loginValidityDuration: 480,
        },
      },
    });
    const from = await cloud.journalLength();
    expect((await succeeded()).output['configureLogin']).toMatchObject({ outcome: 'unchanged' });
    expect(await cloud.changes(from)).toEqual([]);
  });

  it('reads the metadata from a file, and finds it unchanged whatever its white space', async () => {
    cloud = await startMachineCloud({ environment: { SAML_METADATA_FILE: file } });
    await succeeded();
    const { saml: told } = await authentication();
    expect(told?.configuration?.idpMetadata.xml).toContain('<md:EntityDescriptor');
    const [workspace] = cloud.grafana.workspaces();
    const wanted = told?.configuration;
    if (!wanted) throw new Error('there is no SAML configuration');
    const xml = wanted.idpMetadata.xml?.replace(/<!--[\s\S]*?-->/g, '').replace(/>\s+</g, '><');
    await cloud.amg.authenticate(workspace?.id ?? '', {
      providers: ['SAML'],
      saml: { ...wanted, idpMetadata: { xml: xml ?? '' } },
    });
    expect((await succeeded('verify')).output['configureLogin']).toMatchObject({ outcome: 'unchanged' });
  });

  it.each([
    [
      'another group',
      { SAML_ADMIN_GROUPS: 'operators' },
      'admin groups: Grafana Admins, platform instead of operators',
    ],
    ['no group any more', { SAML_EDITOR_GROUPS: '' }, 'editor groups: developers instead of none'],
    ['another attribute', { SAML_ROLE_ATTRIBUTE: 'groups' }, 'attribute.role: "role" instead of "groups"'],
    [
      'no organization any more',
      { SAML_ORG_ATTRIBUTE: '', SAML_ALLOWED_ORGANIZATIONS: '' },
      'allowed organizations: example instead of none',
    ],
    ['another duration', { SAML_LOGIN_HOURS: '1' }, 'minutes of a log-in: 480 instead of 60'],
    [
      'another identity provider',
      { SAML_METADATA_URL: 'https://other.example.org/metadata' },
      'metadata URL: "https://idp.example.org/metadata" instead of "https://other.example.org/metadata"',
    ],
    ['a file instead of the address', { SAML_METADATA_URL: '', SAML_METADATA_FILE: file }, 'other metadata'],
  ])(
    'is drift for a verification and applied by a setup when the parameters say %s',
    async (_title, changed, detail) => {
      cloud = await startMachineCloud({ environment: saml });
      await succeeded();
      deployWith(changed);
      const from = await cloud.journalLength();
      const verified = await cloud.run('setup', { mode: 'verify' });
      expect(verified).toMatchObject({ status: 'FAILED', error: 'DriftFound', cause: expect.stringContaining(detail) });
      expect(await cloud.changes(from)).toEqual([]);
      expect((await succeeded()).output['configureLogin']).toMatchObject({
        outcome: 'updated',
        detail: expect.stringContaining(detail),
      });
      expect((await succeeded()).output['configureLogin']).toMatchObject({ outcome: 'unchanged' });
    },
  );

  it('that was changed by hand is restored', async () => {
    cloud = await startMachineCloud({ environment: saml });
    await succeeded();
    const [workspace] = cloud.grafana.workspaces();
    const { configuration } = (await authentication()).saml ?? {};
    if (!configuration) throw new Error('there is no SAML configuration');
    await cloud.amg.authenticate(workspace?.id ?? '', {
      providers: ['SAML'],
      saml: { ...configuration, roleValues: { admin: ['everybody'], editor: [] } },
    });
    expect((await succeeded()).output['configureLogin']).toMatchObject({
      outcome: 'updated',
      detail: expect.stringContaining('admin groups: everybody instead of Grafana Admins, platform'),
    });
    expect((await authentication()).saml?.configuration?.roleValues.admin).toEqual(['platform', 'Grafana Admins']);
  });

  it('that was made in the console stays if no parameter configures SAML', async () => {
    cloud = await startMachineCloud();
    await succeeded();
    const [workspace] = cloud.grafana.workspaces();
    const byHand = {
      idpMetadata: { url: 'https://idp.example.org/metadata' },
      assertionAttributes: {},
      roleValues: { admin: ['platform'], editor: [] },
      allowedOrganizations: [],
      loginValidityDuration: 60,
    };
    await cloud.amg.authenticate(workspace?.id ?? '', { providers: ['SAML'], saml: byHand });
    const run = await succeeded();
    expect(run.output['configureLogin']).toMatchObject({ outcome: 'unchanged' });
    expect(run.output['grantAccess']).toMatchObject({ detail: expect.stringContaining('by SAML platform as ADMIN') });
  });

  it('that AMG refuses ends the run with AMG’s message and the remedy', async () => {
    cloud = await startMachineCloud({ environment: { ...saml, SAML_METADATA_URL: 'ftp://idp.example.org/metadata' } });
    await expectCleanFailure(
      cloud,
      await cloud.run('setup'),
      'ConfigureLogin',
      'LoginRefused',
      /idpMetadata\.url.*parameters that begin with saml/,
    );
  });

  it('whose change is already in progress is waited for', async () => {
    cloud = await startMachineCloud({ environment: saml });
    const planted = cloud.grafana.plant({
      kind: 'error',
      operation: 'UpdateWorkspaceAuthentication',
      times: 20,
      status: 409,
      code: 'ConflictException',
      message: 'The workspace is being updated',
    });
    await succeeded();
    expect(planted()).toBe(20);
  });

  it('that AMG never applies ends the run after its deadline, with what is missing', async () => {
    let ahead = 0;
    cloud = await startMachineCloud({ environment: saml });
    cloud.overrides.set('configureLogin', async () => {
      ahead += 1;
      // AMG stores the configuration and does not apply it.
      return { outcome: 'updated', detail: '', deadline: new Date(Date.now() - 1000).toISOString() };
    });
    await expectCleanFailure(
      cloud,
      await cloud.run('setup'),
      'CheckLogin',
      'LoginNotConfigured',
      /within its deadline: SAML is not configured.*docs\/login\.md/,
    );
    expect(ahead).toBe(1);
  });
});

describe('authenticationProviders', () => {
  const directory = createDirectory();
  const [person] = directory.entries;

  it('that is changed later is applied, drift before, and unchanged after', async () => {
    cloud = await startMachineCloud({ grafana: { directory }, environment: { AUTHENTICATION_PROVIDERS: 'SAML' } });
    await succeeded();
    deployWith({ AUTHENTICATION_PROVIDERS: 'AWS_SSO', GRAFANA_ADMINS: person?.id ?? '' });
    expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({
      error: 'DriftFound',
      cause: expect.stringContaining('providers[0]: "SAML" instead of "AWS_SSO"'),
    });
    const run = await succeeded();
    expect(run.output['configureLogin']).toMatchObject({ outcome: 'updated' });
    expect(run.output['grantAccess']).toMatchObject({ outcome: 'added', detail: `user ${person?.id} as ADMIN` });
    expect(await authentication()).toMatchObject({ providers: ['AWS_SSO'] });
    expect((await succeeded()).output['configureLogin']).toMatchObject({ outcome: 'unchanged' });
  });

  it('sets both when SAML and people of Identity Center are given', async () => {
    cloud = await startMachineCloud({
      grafana: { directory },
      environment: { ...saml, GRAFANA_ADMINS: person?.id ?? '', IDENTITY_CENTER_IDS: person?.id ?? '' },
    });
    expect((await succeeded()).output['createWorkspace']).toMatchObject({
      detail: expect.stringContaining('AWS_SSO and SAML'),
    });
    const second = await succeeded();
    expect(second.output['grantAccess']).toMatchObject({
      detail: expect.stringMatching(/^by Identity Center 1 user as ADMIN; by SAML platform/),
    });
  });

  it('that names Identity Center where there is none ends the run with the remedy', async () => {
    cloud = await startMachineCloud();
    await succeeded();
    deployWith({ AUTHENTICATION_PROVIDERS: 'AWS_SSO,SAML' });
    await expectCleanFailure(
      cloud,
      await cloud.run('setup'),
      'ConfigureLogin',
      'IdentityCenterMissing',
      /Enable IAM Identity Center.*authenticationProviders=SAML/,
    );
  });
});
