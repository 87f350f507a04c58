/** A workspace's log-in configuration, with the names of AMG's API. */
export interface LoginFound {
  readonly providers: readonly string[];
  readonly saml?:
    | {
        /** `CONFIGURED` or `NOT_CONFIGURED`. */
        readonly status: string;
        /** Groups of the assertion that get ADMIN, and EDITOR. */
        readonly admins: readonly string[];
        readonly editors: readonly string[];
      }
    | undefined;
  /** The roles of Identity Center users and groups. */
  readonly permissions: readonly { readonly role: string; readonly type: string }[];
}

export interface WhoCanLogIn {
  readonly anybody: boolean;
  /** A sentence for users. */
  readonly text: string;
}

/** Who can log in, by which provider and with which role; if nobody can, how to change that. */
export function whoCanLogIn({ providers, saml, permissions }: LoginFound): WhoCanLogIn {
  const bySaml = providers.includes('SAML') && saml?.status === 'CONFIGURED';
  const byIdentityCenter = providers.includes('AWS_SSO') && permissions.length > 0;
  if (!bySaml && !byIdentityCenter) return { anybody: false, text: `nobody can log in yet: ${howTo(providers)}` };
  const ways = [
    ...(byIdentityCenter ? [`by Identity Center ${counted(permissions)}`] : []),
    ...(bySaml ? [`by SAML ${groups(saml.admins, saml.editors)}`] : []),
    ...(!byIdentityCenter && providers.includes('AWS_SSO') ? ['by Identity Center nobody yet'] : []),
    ...(!bySaml && providers.includes('SAML') ? ['by SAML nobody yet'] : []),
  ];
  return { anybody: true, text: ways.join('; ') };
}

function howTo(providers: readonly string[]): string {
  const ways = [
    ...(providers.includes('AWS_SSO') ? ['set Identity Center ids with --param=grafanaAdmins=…'] : []),
    ...(providers.includes('SAML') ? ['set the SAML identity provider with --param=samlMetadataUrl=…'] : []),
    ...(providers.includes('AWS_SSO') ? [] : ['use Identity Center with --param=authenticationProviders=AWS_SSO']),
  ];
  return `${ways.join(', or ')}, and deploy again (docs/login.md)`;
}

/** `2 users and 1 group as ADMIN, 1 group as VIEWER`. */
function counted(permissions: LoginFound['permissions']): string {
  const parts = ['ADMIN', 'EDITOR', 'VIEWER'].flatMap((role) => {
    const having = permissions.filter((entry) => entry.role === role);
    const users = having.filter(({ type }) => type === 'SSO_USER').length;
    const kinds = [plural(users, 'user'), plural(having.length - users, 'group')].filter((kind) => kind !== '');
    return kinds.length === 0 ? [] : [`${kinds.join(' and ')} as ${role}`];
  });
  return parts.join(', ');
}

function groups(admins: readonly string[], editors: readonly string[]): string {
  const named = [
    ...(admins.length > 0 ? [`${admins.join(', ')} as ADMIN`] : []),
    ...(editors.length > 0 ? [`${editors.join(', ')} as EDITOR`] : []),
  ];
  return named.length === 0
    ? 'all users of the identity provider as VIEWER, and nobody as ADMIN'
    : `${named.join(', ')}, all other users of the identity provider as VIEWER`;
}

function plural(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`;
}
