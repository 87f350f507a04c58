import type { ExpectedFault } from './fault';

const fuzz = (id: string, broken: string, expected: string): ExpectedFault => ({
  id: `input: ${id}`,
  plane: 'input',
  broken,
  often: 'many times',
  expected,
});

export const input = {
  bodies: fuzz(
    'bodies',
    'random bodies to POST /data',
    '201 for an object with a usable key, else 4xx; never 5xx, never without a trace id',
  ),
  roundTrip: fuzz('round trip', 'random keys and JSON values written and read', 'what was written comes back exactly'),
  paths: fuzz('paths', 'random paths and queries to the service', 'never 5xx, and a constant number of series'),
  headers: fuzz(
    'headers',
    'random header names and values to the service',
    'never 5xx, and the next request is served',
  ),
  bytes: fuzz(
    'bytes',
    'random bytes on a socket of the service',
    '400, 408, 431 or a closed connection, and the next request is served',
  ),
  awsBodies: fuzz(
    'AWS bodies',
    'random signed bodies for operations of the local cloud',
    '4xx with an error code; never 5xx',
  ),
  grafanaBodies: fuzz('Grafana bodies', 'random bodies for the routes of the workspace', 'never 5xx'),
  parameters: fuzz(
    'parameters',
    'deployment parameters with every wrong type',
    'refused by name, or a value of the right type',
  ),
} as const;
