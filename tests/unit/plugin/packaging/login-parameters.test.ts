import { readFileSync } from 'node:fs';
import path from 'node:path';
import { metadataFileError } from '../../../../plugin/packaging/login-parameters';
import { checkParameters, type Schema } from '../../../../plugin/packaging/parameters';

const { schema, ...stages } = require('../../../../params') as { schema: Schema; default: Record<string, unknown> };
const check = (...given: string[]) => checkParameters(schema, given, stages.default);

const url = 'samlMetadataUrl=https://idp.example.org/app/abc/sso/saml/metadata?x=1&y=2';
const alex = '1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d';

it('accepts SAML with a metadata URL and all of its parameters', () => {
  const all = [
    url,
    'samlRoleAttribute=http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    'samlAdminGroups=Grafana Admins,ops@directory',
    'samlEditorGroups=developers',
    'samlNameAttribute=displayName',
    'samlLoginAttribute=mail',
    'samlEmailAttribute=mail',
    'samlGroupsAttribute=groups',
    'samlOrgAttribute=org',
    'samlAllowedOrganizations=example',
    'samlLoginHours=8',
  ];
  expect(check(...all)).toEqual({ errors: [], warnings: [] });
  expect(check(...all, 'authenticationProviders=AWS_SSO,SAML', `grafanaAdmins=${alex}`).errors).toEqual([]);
});

it.each([
  [[url, 'samlMetadataFile=saml/idp.xml'], '"samlMetadataUrl" and "samlMetadataFile" are both given'],
  [['samlMetadataUrl=http://idp.example.org/metadata'], 'must be an https address'],
  [['samlMetadataFile=../idp.xml'], 'must be a path below this directory'],
  [['samlMetadataFile=/etc/passwd'], 'must be a path below this directory'],
  [
    ['samlRoleAttribute=role', 'samlAdminGroups=a'],
    '"samlRoleAttribute" needs "samlMetadataUrl" or "samlMetadataFile" too',
  ],
  [[url, 'authenticationProviders=AWS_SSO'], '"samlMetadataUrl" is given but "authenticationProviders" is AWS_SSO'],
  [
    [`grafanaViewers=${alex}`, 'authenticationProviders=SAML'],
    '"grafanaViewers" names users of Identity Center but "authenticationProviders" is SAML',
  ],
  [[url, 'samlAdminGroups=a'], '"samlAdminGroups" needs "samlRoleAttribute" too'],
  [[url, 'samlRoleAttribute=role'], '"samlRoleAttribute" needs "samlAdminGroups" or "samlEditorGroups" too'],
  [[url, 'samlAllowedOrganizations=a'], '"samlAllowedOrganizations" needs "samlOrgAttribute" too'],
  [
    [url, 'samlRoleAttribute=role', 'samlAdminGroups=a,b', 'samlEditorGroups=b'],
    '"b" is in "samlAdminGroups" and in "samlEditorGroups"',
  ],
  [[url, 'samlRoleAttribute=role', 'samlAdminGroups=a,,b'], 'Parameter "samlAdminGroups" is ""'],
  [[url, 'samlRoleAttribute=my role', 'samlAdminGroups=a'], 'must be the name of an attribute of the assertion'],
  [[url, 'samlLoginHours=721'], 'must be a whole number from 1 to 720 hours'],
  [
    [
      url,
      'samlRoleAttribute=role',
      `samlAdminGroups=${Array.from({ length: 15 }, (_, index) => `${index}${'x'.repeat(200)}`).join(',')}`,
    ],
    'bytes in all; they may have 3000',
  ],
])('refuses %j', (given, message) => {
  expect(check(...given).errors.join('\n')).toContain(message);
});

it('warns when nobody could administer, and when SAML is asked for without an identity provider', () => {
  expect(check(url).warnings).toEqual([expect.stringContaining('nobody can administer Grafana')]);
  expect(check('authenticationProviders=SAML').warnings).toEqual([
    expect.stringContaining('nobody can log in by SAML yet'),
  ]);
  expect(check().warnings).toEqual([]);
});

describe('docs/login.md', () => {
  const text = readFileSync(path.resolve(__dirname, '../../../../docs/login.md'), 'utf8');
  const commands = [...text.matchAll(/^npx sls deploy .*$/gm)].map(([line]) =>
    [...line.matchAll(/--param="([^"]+)"/g)].map(([, given = '']) => given),
  );

  it.each(commands)('has a valid example: %s', (...given) => {
    expect(given.length).toBeGreaterThan(0);
    expect(check(...given).errors).toEqual([]);
  });

  it('names every parameter of SAML', () => {
    const names = Object.keys(schema).filter((name) => name.startsWith('saml'));
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the file with the metadata', () => {
  const root = path.resolve(__dirname, '../../../..');

  it('is metadata of an identity provider', () => {
    expect(metadataFileError(root, 'local/cli/idp-metadata.xml')).toBeUndefined();
    expect(metadataFileError(root, '')).toBeUndefined();
  });

  it.each([
    ['saml/missing.xml', 'there is no such file'],
    ['tests', 'there is no such file'],
    ['package.json', 'no EntityDescriptor'],
    [path.join(root, 'package.json'), 'is not below this directory'],
  ])('is not %s', (file, message) => {
    expect(metadataFileError(root, file)).toContain(message);
  });
});
