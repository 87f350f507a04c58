import { type Problem, problem } from '../problem';
import type { Configuration } from '../serverless';

/**
 * The endpoint of the stage's parameters: where the AWS APIs answer instead of AWS. Undefined on AWS, and while the
 * configuration's variables are not resolved (a request for help).
 */
export function stageEndpoint(configuration: Configuration | undefined, stage: string): URL | undefined {
  const params = { ...configuration?.params?.['default'], ...configuration?.params?.[stage] };
  const endpoint = params['endpoint'];
  if (typeof endpoint !== 'string' || endpoint === '' || endpoint.includes('${')) return undefined;
  return URL.canParse(endpoint) ? new URL(endpoint) : undefined;
}

/**
 * Turns every AWS client of this process to `endpoint`, with keys that are no secret, so that no profile, session or proxy
 * of the user's own AWS account is used or sent there.
 */
export function useEndpoint(endpoint: URL, region: string, env: NodeJS.ProcessEnv = process.env): void {
  for (const name of ownCredentials) delete env[name];
  Object.assign(env, {
    AWS_ENDPOINT_URL: endpoint.origin,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
}

/** Resolves when something answers HTTP at `endpoint`, whatever it answers; throws a Problem that says how to start it. */
export async function assertEndpointAnswers(endpoint: URL, stage: string): Promise<void> {
  try {
    await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw notAnswering(endpoint, stage, cause);
  }
}

const ownCredentials = [
  ...['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  ...['proxy', 'HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'],
];

function notAnswering(endpoint: URL, stage: string, cause: unknown): Problem {
  const port = endpoint.port || '80';
  const start = port === '4510' ? 'npm start' : `LOCAL_PORT=${port} npm start`;
  return problem(
    'EndpointNotAnswering',
    `The local cloud of stage "${stage}" does not answer at ${endpoint.origin}. Start it in another terminal with \`${start}\` and try again.`,
    { exit: 'endpointUnreachable', cause },
  );
}
