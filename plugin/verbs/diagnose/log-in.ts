import type { Context } from '../../context';
import { bad, type Finding, good, note } from './finding';

const identityCenter = ['grafanaAdmins', 'grafanaEditors', 'grafanaViewers'];
const metadata = ['samlMetadataUrl', 'samlMetadataFile'];

/**
 * Will anybody be able to log in to the workspace? Identity Center needs ids of users or groups, SAML the metadata of
 * an identity provider. A parameter that `authenticationProviders` does not use was refused before any command ran.
 * Whether the organization has Identity Center, AMG says only when the workspace is made.
 * aws-facts: identity-center-known-late
 */
export function logInRoom(context: Context): Finding {
  const providers = context.parameter('authenticationProviders') || 'auto';
  const ids = identityCenter.filter((name) => context.parameter(name) !== '');
  const saml = metadata.filter((name) => context.parameter(name) !== '');
  const ways = [
    ...(saml.length > 0 ? [`SAML by ${saml.join(', ')}`] : []),
    ...(ids.length > 0 ? [`Identity Center by ${ids.join(', ')}`] : []),
  ];
  if (ways.length > 0) {
    const isOnlyIdentityCenter = !ways[0]?.startsWith('SAML');
    const state = `${ways.join(' and ')}, with authenticationProviders=${providers}`;
    return isOnlyIdentityCenter
      ? note(
          'log-in',
          `${state}. AMG says only when the workspace is made whether the organization has Identity Center`,
        )
      : good('log-in', state);
  }
  return bad(
    'log-in',
    'neither Identity Center nor SAML is given, so nobody could log in to the workspace',
    `Give --param="grafanaAdmins=<id of a user in Identity Center>", or --param="samlMetadataUrl=…". A later \`${context.command('deploy')}\` adds it too.`,
  );
}
