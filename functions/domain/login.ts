import { differences } from './compare';
import type { Authentication, AuthenticationProvider, SamlConfiguration } from './workspace';

/** The wanted log-in settings. `auto`: the provider that the workspace was created with. */
export interface Login {
  readonly providers: 'auto' | readonly AuthenticationProvider[];
  readonly saml: SamlConfiguration | undefined;
}

/**
 * The meaning of `authenticationProviders`. With `auto` the other parameters decide: SAML metadata selects SAML,
 * Identity Center ids beside it select both, and without metadata it stays open.
 */
export function wantedProviders(
  given: 'auto' | readonly AuthenticationProvider[],
  { hasMetadata, hasIds }: { readonly hasMetadata: boolean; readonly hasIds: boolean },
): Login['providers'] {
  if (given !== 'auto' || !hasMetadata) return given;
  return hasIds ? ['AWS_SSO', 'SAML'] : ['SAML'];
}

/** The differences from the wanted log-in settings; empty if AMG has applied all of them. */
export function loginDifferences({ providers, saml }: Login, present: Authentication): readonly string[] {
  const found =
    providers === 'auto'
      ? []
      : differences([...providers].sort(), [...present.providers].sort(), undefined, 'providers');
  if (saml === undefined || found.length > 0) return found;
  const actual = present.saml?.configuration;
  if (actual === undefined) return ['SAML is not configured'];
  const status = present.saml?.status;
  return [...(status === 'CONFIGURED' ? [] : [`SAML is ${status}`]), ...samlDifferences(saml, actual)];
}

function samlDifferences(wanted: SamlConfiguration, actual: SamlConfiguration): readonly string[] {
  // AMG sets defaults for the name, login and e-mail attributes and for the duration if they are left out.
  // aws-facts: amg-saml-defaults
  const { name, login, email, role, groups, org } = wanted.assertionAttributes;
  const given = Object.fromEntries(
    Object.entries({ name, login, email }).filter(([, attribute]) => attribute !== undefined),
  );
  return [
    ...metadataDifferences(wanted.idpMetadata, actual.idpMetadata),
    ...differences({ ...given, role, groups, org }, actual.assertionAttributes, undefined, 'attribute'),
    ...setDifferences('admin groups', wanted.roleValues.admin, actual.roleValues.admin),
    ...setDifferences('editor groups', wanted.roleValues.editor, actual.roleValues.editor),
    ...setDifferences('allowed organizations', wanted.allowedOrganizations, actual.allowedOrganizations),
    ...(wanted.loginValidityDuration === undefined || actual.loginValidityDuration === undefined
      ? []
      : differences(wanted.loginValidityDuration, actual.loginValidityDuration, undefined, 'minutes of a log-in')),
  ];
}

function metadataDifferences(wanted: SamlConfiguration['idpMetadata'], actual: SamlConfiguration['idpMetadata']) {
  if (wanted.xml !== undefined)
    return actual.xml !== undefined && meaningOf(actual.xml) === meaningOf(wanted.xml) ? [] : ['other metadata'];
  return differences(wanted.url, actual.url, undefined, 'metadata URL');
}

/** The XML without declaration, comments and white space between elements. */
function meaningOf(xml: string): string {
  return xml
    .replace(/<\?xml[^>]*\?>|<!--[\s\S]*?-->/g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([<>]) ?/g, '$1')
    .trim();
}

function setDifferences(what: string, wanted: readonly string[], actual: readonly string[]): readonly string[] {
  const show = (values: readonly string[]) => (values.length === 0 ? 'none' : [...values].sort().join(', '));
  return show(wanted) === show(actual) ? [] : [`${what}: ${show(actual)} instead of ${show(wanted)}`];
}

/**
 * AMG's answer without an organization instance of Identity Center: `ValidationException: SSO is not enabled in any
 * region.`
 */
export function isIdentityCenterMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException' && /SSO is not enabled/i.test(error.message);
}
