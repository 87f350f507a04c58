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
  longStage: fuzz(
    'longest stage name',
    'sls package with a stage name of the greatest length',
    'it packages, and no name in the template is longer than AWS takes',
  ),
  tooLongStage: fuzz(
    'stage names that do not fit',
    'sls package with a stage name that is one letter longer, or has letters that AWS names cannot have',
    'refused by name with what is allowed, before anything is packaged',
  ),
  s3Requests: fuzz(
    'S3 requests',
    "random signed methods, keys, queries and bodies at the local cloud's S3",
    '2xx, 3xx, 4xx with an error code, or 501 that names the operation; never another 5xx, and the next request is served',
  ),
  invokePayloads: fuzz(
    'Lambda payloads',
    "random payloads to the local cloud's Lambda Invoke",
    'JSON is handed to the function, anything else is 400 InvalidRequestContentException; never 5xx, and the next request is served',
  ),
  templates: fuzz(
    'templates',
    'random templates and parameters to ValidateTemplate and CreateStack of the local cloud',
    '400 ValidationError, or a stack that ends in a state with its reason; never 5xx, and the next request is served',
  ),
  validatedTemplates: fuzz(
    'validated templates',
    'random, broken, deep and long templates and template URLs to ValidateTemplate of the local cloud',
    'well-formed XML in ten seconds: what the template declares, or 400 ValidationError with a reason; never 5xx, and the next request is served',
  ),
  yamlTemplates: fuzz(
    'YAML templates',
    "YAML with short-form tags, anchors, merge keys, duplicate keys, depth, length and breaks to the local cloud's ValidateTemplate, CreateStack and UpdateStack",
    '400 ValidationError that says that the local cloud reads JSON, in ten seconds; no stack is made and none is changed',
  ),
  stackParameters: fuzz(
    'stack parameters',
    "random declarations and values of parameters to the local cloud's CreateStack: of another type, out of bounds, missing, unknown, twice, NoEcho",
    '400 ValidationError that names the parameter and leaves no stack, or a stack with the values that were given, one of NoEcho as ****; never 5xx',
  ),
  pagePaths: fuzz(
    'page',
    "random methods, paths, queries and headers to the local cloud's page",
    'never 5xx, no file outside of the page, nothing from the request unescaped in the answer, and the next request is served',
  ),
} as const;
