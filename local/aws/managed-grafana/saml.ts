/**
 * SAML configurations. Source: API reference "SamlConfiguration" and its members' pages; the service's model has the
 * lengths.
 */
import type { Json, JsonObject } from '../../kernel/contracts';
import type { Problem } from './check-value';

/** What is wrong with a samlConfiguration beyond its members' types. */
export function checkSaml(value: Json | undefined): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { idpMetadata, assertionAttributes = {}, roleValues = {}, allowedOrganizations } = value;
  const { url, xml } = (idpMetadata ?? {}) as { readonly url?: string; readonly xml?: string };
  const problem = (name: string, message: string): Problem => ({ name: `samlConfiguration.${name}`, message });
  const texts = (name: string, values: readonly Json[]): Problem[] =>
    values.flatMap((text) =>
      typeof text === 'string' && (text.length < 1 || text.length > 256)
        ? [problem(name, 'Member must have length between 1 and 256')]
        : [],
    );
  return [
    // A union: one member and no other.
    ...((url === undefined) === (xml === undefined)
      ? [problem('idpMetadata', 'Member must have exactly one of url, xml')]
      : []),
    ...(url !== undefined && !/^https?:\/\/.{1,2040}$/.test(url)
      ? [problem('idpMetadata.url', 'Member must be a URL')]
      : []),
    ...(xml !== undefined && !/<(?:[\w.-]+:)?EntityDescriptor[\s>]/.test(xml)
      ? [problem('idpMetadata.xml', 'Member must be SAML 2.0 metadata')]
      : []),
    ...Object.entries(assertionAttributes as JsonObject).flatMap(([name, text]) =>
      texts(`assertionAttributes.${name}`, text === undefined ? [] : [text]),
    ),
    ...Object.entries(roleValues as JsonObject).flatMap(([name, values]) =>
      texts(`roleValues.${name}`, (values ?? []) as Json[]),
    ),
    ...texts('allowedOrganizations', (allowedOrganizations ?? []) as Json[]),
  ];
}

/** AMG fills in what is left out of name, login, e-mail and the duration. aws-facts: amg-saml-defaults */
export function withDefaults(saml: JsonObject): JsonObject {
  return {
    ...saml,
    assertionAttributes: {
      name: 'displayName',
      login: 'mail',
      email: 'mail',
      ...(saml['assertionAttributes'] as JsonObject | undefined),
    },
    loginValidityDuration: saml['loginValidityDuration'] ?? 24 * 60,
  };
}
