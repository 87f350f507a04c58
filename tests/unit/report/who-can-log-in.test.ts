import { whoCanLogIn } from '../../../report';

const user = (role: string) => ({ role, type: 'SSO_USER' });
const group = (role: string) => ({ role, type: 'SSO_GROUP' });
const configured = { status: 'CONFIGURED', admins: ['platform'], editors: ['developers', 'testers'] };

it.each([
  [
    'users and groups of Identity Center, by role',
    {
      providers: ['AWS_SSO'],
      permissions: [user('ADMIN'), user('ADMIN'), group('VIEWER'), user('VIEWER'), group('EDITOR')],
    },
    'by Identity Center 2 users as ADMIN, 1 group as EDITOR, 1 user and 1 group as VIEWER',
  ],
  [
    'the groups of SAML',
    { providers: ['SAML'], saml: configured, permissions: [] },
    'by SAML platform as ADMIN, developers, testers as EDITOR, all other users of the identity provider as VIEWER',
  ],
  [
    'that nobody administers where SAML names no group',
    { providers: ['SAML'], saml: { ...configured, admins: [], editors: [] }, permissions: [] },
    'by SAML all users of the identity provider as VIEWER, and nobody as ADMIN',
  ],
  [
    'the way in that is not ready beside the one that is',
    { providers: ['AWS_SSO', 'SAML'], saml: { ...configured, status: 'NOT_CONFIGURED' }, permissions: [user('ADMIN')] },
    'by Identity Center 1 user as ADMIN; by SAML nobody yet',
  ],
])('tells %s', (_title, found, text) => {
  expect(whoCanLogIn(found)).toEqual({ anybody: true, text });
});

it.each([
  [
    'Identity Center',
    ['AWS_SSO'],
    /^nobody can log in yet: set Identity Center ids with --param=grafanaAdmins=…, and deploy again/,
  ],
  ['SAML', ['SAML'], /--param=samlMetadataUrl=…, or use Identity Center with --param=authenticationProviders=AWS_SSO/],
  ['both', ['AWS_SSO', 'SAML'], /grafanaAdmins=…, or set the SAML identity provider with --param=samlMetadataUrl/],
])('says how to let somebody in when nobody can by %s', (_title, providers, text) => {
  const who = whoCanLogIn({ providers, saml: { status: 'NOT_CONFIGURED', admins: [], editors: [] }, permissions: [] });
  expect(who).toEqual({ anybody: false, text: expect.stringMatching(text) });
});
