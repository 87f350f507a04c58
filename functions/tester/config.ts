import { ConfigurationIncomplete } from '../domain/errors';

/** Checked by hand: the schema library would be most of the bundle of a function that starts every minute. */
export function readConfig({
  SERVICE_URL = '',
  STACK_NAME = '',
  STAGE = '',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = '',
}: NodeJS.ProcessEnv): {
  readonly SERVICE_URL: string;
  readonly STACK_NAME: string;
  readonly STAGE: string;
  /** URL that the spans are sent to, with the whole path. */
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: string;
} {
  const problems = [
    ...(URL.canParse(SERVICE_URL) ? [] : ['SERVICE_URL (not a URL)']),
    ...(STACK_NAME === '' ? ['STACK_NAME'] : []),
    ...(STAGE === '' ? ['STAGE'] : []),
    ...(URL.canParse(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) ? [] : ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (not a URL)']),
  ];
  if (problems.length > 0) throw new ConfigurationIncomplete(problems);
  return { SERVICE_URL, STACK_NAME, STAGE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT };
}
