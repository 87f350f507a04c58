import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertEndpointAnswers, stageEndpoint, useEndpoint } from '../../../../plugin/aws/stage-endpoint';

describe('the endpoint of a stage', () => {
  const params = {
    default: { endpoint: '' },
    local: { endpoint: 'http://127.0.0.1:4510' },
    broken: { endpoint: 'http://127.0.0.1:${env:PORT}' },
  };

  it.each([
    ['dev', undefined],
    ['local', 'http://127.0.0.1:4510'],
    ['broken', undefined],
  ])('of stage %s is %s', (stage, expected) => {
    expect(stageEndpoint({ params }, stage)?.origin).toBe(expected);
  });

  it('is none without a configuration', () => {
    expect(stageEndpoint(undefined, 'local')).toBeUndefined();
  });
});

it("turns to the endpoint with keys that are no secret, and drops the user's own profile, session and proxy", () => {
  const env: NodeJS.ProcessEnv = {
    AWS_PROFILE: 'work',
    AWS_SESSION_TOKEN: 'secret',
    HTTPS_PROXY: 'http://proxy:1',
    PATH: '/bin',
  };
  useEndpoint(new URL('http://127.0.0.1:4510'), 'eu-west-1', env);
  expect(env).toEqual({
    PATH: '/bin',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4510',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

it('is content with any answer, and says how to start it when there is none', async () => {
  const server = createServer((_request, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(assertEndpointAnswers(endpoint, 'local')).resolves.toBeUndefined();
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await expect(assertEndpointAnswers(endpoint, 'local')).rejects.toMatchObject({
    name: 'EndpointNotAnswering',
    exit: 'endpointUnreachable',
    message: expect.stringContaining(`LOCAL_PORT=${endpoint.port} npm start`),
  });
});
