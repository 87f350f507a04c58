import { ConfigurationIncomplete } from '../domain/errors';

/** By hand and not by the schema library, which would be most of the bundle of a function that starts each minute. */
export function readConfig({ SERVICE_URL = '' }: NodeJS.ProcessEnv): { readonly SERVICE_URL: string } {
  if (!URL.canParse(SERVICE_URL)) throw new ConfigurationIncomplete(['SERVICE_URL (not a URL)']);
  return { SERVICE_URL };
}
