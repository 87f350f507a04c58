import { type Problem, problem } from '../problem';
import type { Configuration } from '../serverless';

/**
 * The stage's endpoint for the AWS APIs; undefined on AWS. Throws a Problem when it is set but is not an HTTP URL: the
 * verb would call AWS instead.
 */
export function stageEndpoint(configuration: Configuration | undefined, stage: string): URL | undefined {
  const params = { ...configuration?.params?.['default'], ...configuration?.params?.[stage] };
  const endpoint = params['endpoint'];
  if (endpoint === undefined || endpoint === null || endpoint === '') return undefined;
  if (
    typeof endpoint === 'string' &&
    /^https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?\/?$/i.test(endpoint) &&
    URL.canParse(endpoint)
  )
    return new URL(endpoint);
  throw problem(
    'BadEndpoint',
    `Stage "${stage}" has the endpoint ${JSON.stringify(endpoint)}, which must be http://<host>:<port>. At stage local LOCAL_PORT is the port: give it a number from 1 to 65535, or leave it out. Nothing was changed.`,
  );
}

/** Resolves when `endpoint` answers HTTP, with any response. Throws a Problem that says how to start the cloud. */
export async function assertEndpointAnswers(endpoint: URL, stage: string): Promise<void> {
  try {
    await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw notAnswering(endpoint, stage, cause);
  }
}

function notAnswering(endpoint: URL, stage: string, cause: unknown): Problem {
  const port = endpoint.port || '80';
  const start = port === '4510' ? 'npm start' : `LOCAL_PORT=${port} npm start`;
  return problem(
    'EndpointNotAnswering',
    `The local cloud of stage "${stage}" does not answer at ${endpoint.origin}. Start it in another terminal with \`${start}\` and try again.`,
    { exit: 'endpointUnreachable', cause },
  );
}
