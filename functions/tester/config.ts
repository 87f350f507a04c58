import { ConfigurationIncomplete } from '../domain/errors';

/** By hand and not by the schema library, which would be most of the bundle of a function that starts each minute. */
export function readConfig({ SERVICE_URL = '', STACK_NAME = '' }: NodeJS.ProcessEnv): {
  readonly SERVICE_URL: string;
  readonly STACK_NAME: string;
} {
  const problems = [
    ...(URL.canParse(SERVICE_URL) ? [] : ['SERVICE_URL (not a URL)']),
    ...(STACK_NAME === '' ? ['STACK_NAME'] : []),
  ];
  if (problems.length > 0) throw new ConfigurationIncomplete(problems);
  return { SERVICE_URL, STACK_NAME };
}
