import type { SamlConfiguration as ApiConfiguration, IdpMetadata } from '@aws-sdk/client-grafana';
import type { SamlConfiguration } from '../domain/workspace';

/** A SAML configuration for the API. Empty values are left out, because the API refuses empty strings. */
export function toSaml(saml: SamlConfiguration): ApiConfiguration {
  const { idpMetadata, assertionAttributes, roleValues, allowedOrganizations, loginValidityDuration } = saml;
  return {
    idpMetadata: idpMetadata as IdpMetadata,
    assertionAttributes: { ...assertionAttributes },
    roleValues: { admin: [...roleValues.admin], editor: [...roleValues.editor] },
    ...(allowedOrganizations.length > 0 && { allowedOrganizations: [...allowedOrganizations] }),
    ...(loginValidityDuration !== undefined && { loginValidityDuration }),
  };
}

/** A SAML configuration from the API. Missing members become empty values. */
export function fromSaml(saml: ApiConfiguration): SamlConfiguration {
  const { url, xml } = saml.idpMetadata ?? {};
  return {
    idpMetadata: { ...(url !== undefined && { url }), ...(xml !== undefined && { xml }) },
    assertionAttributes: saml.assertionAttributes ?? {},
    roleValues: { admin: saml.roleValues?.admin ?? [], editor: saml.roleValues?.editor ?? [] },
    allowedOrganizations: saml.allowedOrganizations ?? [],
    loginValidityDuration: saml.loginValidityDuration,
  };
}
