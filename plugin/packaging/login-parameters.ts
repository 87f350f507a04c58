import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The parameters' values by name, as the command line, the stage and the defaults give them. */
export type Values = Readonly<Record<string, unknown>>;

const samlParameters = [
  'samlRoleAttribute',
  'samlAdminGroups',
  'samlEditorGroups',
  'samlNameAttribute',
  'samlLoginAttribute',
  'samlEmailAttribute',
  'samlGroupsAttribute',
  'samlOrgAttribute',
  'samlAllowedOrganizations',
] as const;
const idParameters = ['grafanaAdmins', 'grafanaEditors', 'grafanaViewers'] as const;

/**
 * A Lambda function's environment may have 4 KB (aws-facts: lambda-environment-size). The rest is for its other
 * variables.
 */
const largestSaml = 3000;

/** Contradictions among the log-in parameters, a sentence each. */
export function loginErrors(values: Values): readonly string[] {
  const errors = [...rolesGivenTwice(values), ...groupsGivenTwice(values)];
  const isSet = (name: string) => textOf(values[name]) !== '';
  const metadata = ['samlMetadataUrl', 'samlMetadataFile'].filter(isSet);
  const ids = idParameters.filter(isSet);
  const providers = textOf(values['authenticationProviders']);
  if (metadata.length === 2)
    errors.push('"samlMetadataUrl" and "samlMetadataFile" are both given: leave one of them out.');
  for (const name of metadata.length === 0 ? samlParameters.filter(isSet) : [])
    errors.push(
      `Parameter "${name}" needs "samlMetadataUrl" or "samlMetadataFile" too: without either there is no SAML.`,
    );
  if (metadata.length > 0 && providers === 'AWS_SSO')
    errors.push(
      `"${metadata[0]}" is given but "authenticationProviders" is AWS_SSO: make it AWS_SSO,SAML, or leave SAML's parameters out.`,
    );
  if (ids.length > 0 && providers === 'SAML')
    errors.push(
      `"${ids[0]}" names users of Identity Center but "authenticationProviders" is SAML: make it AWS_SSO,SAML, or give "samlAdminGroups" instead.`,
    );
  for (const name of ['samlAdminGroups', 'samlEditorGroups'])
    if (isSet(name) && !isSet('samlRoleAttribute'))
      errors.push(
        `Parameter "${name}" needs "samlRoleAttribute" too, the attribute that has these values: add --param="samlRoleAttribute=…".`,
      );
  if (isSet('samlRoleAttribute') && !isSet('samlAdminGroups') && !isSet('samlEditorGroups'))
    errors.push(
      'Parameter "samlRoleAttribute" needs "samlAdminGroups" or "samlEditorGroups" too: it maps nobody without them.',
    );
  if (isSet('samlAllowedOrganizations') && !isSet('samlOrgAttribute'))
    errors.push('Parameter "samlAllowedOrganizations" needs "samlOrgAttribute" too: add --param="samlOrgAttribute=…".');
  const size = [...samlParameters, 'samlMetadataUrl'].reduce(
    (sum, name) => sum + Buffer.byteLength(textOf(values[name])),
    0,
  );
  if (size > largestSaml)
    errors.push(
      `The parameters that begin with saml have ${size} bytes in all; they may have ${largestSaml}. Let the identity provider send fewer, wider groups.`,
    );
  return errors;
}

/** Warnings for valid but probably unintended log-in parameters, a sentence each. */
export function loginWarnings(values: Values): readonly string[] {
  const isSet = (name: string) => textOf(values[name]) !== '';
  const hasMetadata = isSet('samlMetadataUrl') || isSet('samlMetadataFile');
  if (hasMetadata && !isSet('samlAdminGroups') && !isSet('grafanaAdmins'))
    return ['SAML without samlAdminGroups: everybody is VIEWER or EDITOR, and nobody can administer Grafana.'];
  if (!hasMetadata && textOf(values['authenticationProviders']).includes('SAML'))
    return [
      'authenticationProviders has SAML without samlMetadataUrl: nobody can log in by SAML yet. See docs/login.md.',
    ];
  return [];
}

/** A sentence when the metadata's file cannot be used; undefined when it can, or when none is given. */
export function metadataFileError(directory: string, file: string): string | undefined {
  if (file === '') return undefined;
  const refusal = (reason: string) => `Parameter "samlMetadataFile" is "${file}", ${reason}`;
  const full = path.resolve(directory, file);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (!stat?.isFile()) return refusal('and there is no such file below this directory.');
  if (path.isAbsolute(file) || path.relative(directory, full).startsWith('..'))
    return refusal('which is not below this directory, so it cannot be deployed with the functions: copy it here.');
  if (stat.size > 1024 * 1024)
    return refusal(`which has ${stat.size} bytes: that is not the metadata of one identity provider.`);
  if (!/<(?:[\w.-]+:)?EntityDescriptor[\s>]/.test(readFileSync(full, 'utf8')))
    return refusal('which has no EntityDescriptor: download the SAML 2.0 metadata of the identity provider.');
  return undefined;
}

/** A person or group has one role in a workspace. */
function rolesGivenTwice(values: Values): string[] {
  const seen = new Map<string, string>();
  const errors: string[] = [];
  for (const name of idParameters) {
    for (const item of itemsOf(values[name])) {
      const id = item.replace(/^(user|group):/, '').toLowerCase();
      const other = seen.get(id);
      if (other === undefined) seen.set(id, name);
      else if (other !== name)
        errors.push(`"${item}" is in "${other}" and in "${name}": give each user and group one role.`);
      else errors.push(`Parameter "${name}" has "${item}" twice, with and without "user:" or "group:".`);
    }
  }
  return errors;
}

function groupsGivenTwice(values: Values): readonly string[] {
  const editors = itemsOf(values['samlEditorGroups']);
  return itemsOf(values['samlAdminGroups'])
    .filter((group) => editors.includes(group))
    .map((group) => `"${group}" is in "samlAdminGroups" and in "samlEditorGroups": give each group one role.`);
}

function textOf(value: unknown): string {
  return String(value ?? '');
}

function itemsOf(value: unknown): readonly string[] {
  return textOf(value)
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
