/** How people are to log in, from a function's environment (shared/login-environment.yml). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { ConfigurationIncomplete } from '../domain/errors';
import { type Login, wantedProviders } from '../domain/login';
import { optionalList } from './config-shapes';
import { readEnvironment } from './environment';

/** Empty or missing: not used. */
const optional = z
  .string()
  .default('')
  .transform((text) => text || undefined);

const providersShape = z.object({
  AUTHENTICATION_PROVIDERS: z.union([
    z.literal('auto'),
    z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(['AWS_SSO', 'SAML'])).min(1)),
  ]),
  /** Not empty when any user or group of Identity Center is named. */
  IDENTITY_CENTER_IDS: optional,
  SAML_METADATA_URL: optional,
  SAML_METADATA_FILE: optional,
});

const samlShape = z.object({
  SAML_ROLE_ATTRIBUTE: optional,
  SAML_NAME_ATTRIBUTE: optional,
  SAML_LOGIN_ATTRIBUTE: optional,
  SAML_EMAIL_ATTRIBUTE: optional,
  SAML_GROUPS_ATTRIBUTE: optional,
  SAML_ORG_ATTRIBUTE: optional,
  SAML_ADMIN_GROUPS: optionalList,
  SAML_EDITOR_GROUPS: optionalList,
  SAML_ALLOWED_ORGANIZATIONS: optionalList,
  SAML_LOGIN_HOURS: z.coerce.number().int().positive().default(24),
});

/** The authentication provider: the only log-in setting that a new workspace needs. */
export function readProviders(environment: NodeJS.ProcessEnv): Login['providers'] {
  const read = readEnvironment(providersShape, environment);
  return wantedProviders(read.AUTHENTICATION_PROVIDERS, {
    hasMetadata: (read.SAML_METADATA_URL ?? read.SAML_METADATA_FILE) !== undefined,
    hasIds: read.IDENTITY_CENTER_IDS !== undefined,
  });
}

/** Throws ConfigurationIncomplete for a wrong variable and for a metadata file that is missing from the bundle. */
export function readLogin(environment: NodeJS.ProcessEnv): Login {
  const read = readEnvironment(samlShape, environment);
  const idpMetadata = readMetadata(
    readEnvironment(providersShape, environment),
    environment['LAMBDA_TASK_ROOT'] ?? process.cwd(),
  );
  return {
    providers: readProviders(environment),
    saml: idpMetadata && {
      idpMetadata,
      assertionAttributes: {
        role: read.SAML_ROLE_ATTRIBUTE,
        name: read.SAML_NAME_ATTRIBUTE,
        login: read.SAML_LOGIN_ATTRIBUTE,
        email: read.SAML_EMAIL_ATTRIBUTE,
        groups: read.SAML_GROUPS_ATTRIBUTE,
        org: read.SAML_ORG_ATTRIBUTE,
      },
      roleValues: { admin: read.SAML_ADMIN_GROUPS, editor: read.SAML_EDITOR_GROUPS },
      allowedOrganizations: read.SAML_ALLOWED_ORGANIZATIONS,
      // aws-facts: amg-saml-minutes
      loginValidityDuration: read.SAML_LOGIN_HOURS * 60,
    },
  };
}

function readMetadata(
  { SAML_METADATA_URL: url, SAML_METADATA_FILE: file }: z.infer<typeof providersShape>,
  root: string,
): { readonly url: string } | { readonly xml: string } | undefined {
  if (url !== undefined) return { url };
  if (file === undefined) return undefined;
  try {
    return { xml: readFileSync(path.join(root, file), 'utf8') };
  } catch (error) {
    throw new ConfigurationIncomplete([
      `SAML_METADATA_FILE (${error instanceof Error ? error.message : String(error)})`,
    ]);
  }
}
