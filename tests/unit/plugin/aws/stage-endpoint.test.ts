import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertEndpointAnswers, stageEndpoint } from '../../../../plugin/aws/stage-endpoint';

describe('the endpoint of a stage', () => {
  const params = {
    default: { endpoint: '' },
    local: { endpoint: 'http://127.0.0.1:4510' },
  };

  it.each([
    ['dev', undefined],
    ['local', 'http://127.0.0.1:4510'],
  ])('of stage %s is %s', (stage, expected) => {
    expect(stageEndpoint({ params }, stage)?.origin).toBe(expected);
  });

  it.each([
    'http://127.0.0.1:no-number',
    'http://127.0.0.1:99999',
    'http://127.0.0.1:',
    'http://127.0.0.1:1@example.org',
    '127.0.0.1:4510',
    4510,
  ])('that is %j is refused: without it the verb would go to AWS', (endpoint) => {
    expect(() => stageEndpoint({ params: { local: { endpoint } } }, 'local')).toThrow(
      `Stage "local" has the endpoint ${JSON.stringify(endpoint)}, which must be http://<host>:<port>.`,
    );
  });

  it('is none without a configuration', () => {
    expect(stageEndpoint(undefined, 'local')).toBeUndefined();
  });
});

it('accepts any response, and prints how to start the cloud when there is none', async () => {
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
