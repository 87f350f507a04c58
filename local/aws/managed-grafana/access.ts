import type { Context } from './context';
import { invalid } from './wire';

/** AWS_SSO needs an organization instance of IAM Identity Center. The error has the service's text. */
export function checkDirectory(context: Context, providers: readonly string[]): void {
  if (providers.includes('AWS_SSO') && !context.directory) throw invalid('SSO is not enabled in any region.');
}
