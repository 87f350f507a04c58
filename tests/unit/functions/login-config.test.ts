import { readConfig } from '../../../functions/configure-workspace/config';
import { readLogin, readProviders } from '../../../functions/shared/login-config';

const url = { SAML_METADATA_URL: 'https://idp.example.org/metadata' };
const ids = { IDENTITY_CENTER_IDS: '00000000-0000-4000-8000-000000000001' };

describe('who lets people log in', () => {
  it.each([
    ['auto', {}, 'auto'],
    ['auto', ids, 'auto'],
    ['auto', url, ['SAML']],
    ['auto', { ...url, ...ids }, ['AWS_SSO', 'SAML']],
    ['AWS_SSO', ids, ['AWS_SSO']],
    ['AWS_SSO,SAML', {}, ['AWS_SSO', 'SAML']],
  ])('%s with %j: %j', (AUTHENTICATION_PROVIDERS, environment, expected) => {
    expect(readProviders({ AUTHENTICATION_PROVIDERS, ...environment })).toEqual(expected);
  });

  it('cannot be another provider', () => {
    expect(() => readProviders({ AUTHENTICATION_PROVIDERS: 'OKTA' })).toThrow(/AUTHENTICATION_PROVIDERS/);
  });
});

it('configures no SAML without metadata, even if other SAML parameters are set', () => {
  expect(readLogin({ AUTHENTICATION_PROVIDERS: 'auto', SAML_ADMIN_GROUPS: 'a', SAML_METADATA_URL: '' })).toEqual({
    providers: 'auto',
    saml: undefined,
  });
});

it('names the file with the metadata that the bundle does not have', () => {
  const environment = { AUTHENTICATION_PROVIDERS: 'auto', SAML_METADATA_FILE: 'saml/none.xml' };
  expect(() => readLogin(environment)).toThrow(/SAML_METADATA_FILE .*saml\/none\.xml/);
});

it.each([
  ['SUBNET_IDS', { SUBNET_IDS: 'a' }],
  ['SUBNET_IDS', { SUBNET_IDS: 'a,b,c,d,e,f,g' }],
  ['SECURITY_GROUP_IDS', { SECURITY_GROUP_IDS: 'a,b,c,d,e,f' }],
])('a workspace has two to six subnets and one to five security groups: %s of %j', (name, changed) => {
  const good = { WORKSPACE_ROLE_ARN: 'role', SUBNET_IDS: 'a,b', SECURITY_GROUP_IDS: 'a', GRAFANA_VERSION: '12.4' };
  expect(readConfig(good)).toMatchObject({ SUBNET_IDS: ['a', 'b'] });
  expect(() => readConfig({ ...good, ...changed })).toThrow(name);
});
