import type { ExpectedFault } from './fault';

const attack = (id: string, broken: string, expected: string): ExpectedFault => ({
  id: `security: ${id}`,
  plane: 'security',
  broken,
  often: 'once',
  expected,
});

export const security = {
  writeUnsigned: attack('AMP write unsigned', 'a remote write to AMP without a signature', '403, nothing stored'),
  writeWrongKey: attack(
    'AMP write wrong key',
    'a remote write signed with a wrong secret',
    '403 SignatureDoesNotMatch, nothing stored',
  ),
  writeOtherBody: attack(
    'AMP write other body',
    'a signed remote write whose body was exchanged',
    '403, nothing stored',
  ),
  writeReplayed: attack(
    'AMP write replayed',
    'a signed remote write sent again 20 minutes later',
    '403, nothing stored',
  ),
  writeReplayedAtOnce: attack(
    'AMP write replayed at once',
    'a signed remote write sent again within the minute, as it is and with its sample changed',
    'as it is: taken again, since SigV4 has no nonce and refuses by time alone (AWS: five minutes), and nothing is added to the series; changed: 403, nothing stored',
  ),
  writeOtherPath: attack(
    'AMP write other path',
    'the signature of one workspace used for another',
    '403, nothing stored',
  ),
  writeOtherRole: attack(
    'AMP write other role',
    'a remote write signed by a role that may not write',
    '403 AccessDenied, nothing stored',
  ),
  grafanaNoToken: attack(
    'Grafana no token',
    'every route of the workspace without a token',
    '401 on every route but /api/health and the pages',
  ),
  grafanaWrongToken: attack(
    'Grafana wrong token',
    'every route of the workspace with an invented token',
    '401 on every route but /api/health and the pages',
  ),
  grafanaExpired: attack('Grafana expired token', 'a token after its time', '401'),
  grafanaDeleted: attack('Grafana deleted token', 'a token after it was deleted', '401'),
  grafanaViewer: attack('Grafana viewer', "a viewer's token on every route that changes something", '403 on each'),
  roleForeignBucket: attack(
    'foreign bucket',
    "a role reads and writes another stage's bucket",
    'AccessDenied for each',
  ),
  roleForeignMachine: attack('foreign machine', "a role starts another stage's machine", 'AccessDenied'),
  rolesOfStack: attack(
    'roles of another stage',
    "every role of the deployed stack's template, at the buckets, functions, machines, executions, workspace and metrics of another stage",
    'AccessDenied for each, but for actions that docs/permissions.yml gives on any resource with their reason',
  ),
  zipSlip: attack(
    'zip slip',
    "a function's package with entries .., absolute, with backslashes, and a symbolic link that leads out",
    'refused by name or unpacked inside; no file outside of the package is written or read',
  ),
  pageTraversal: attack(
    'page traversal',
    'paths with .., encoded .., backslashes and other roots at the page of the local cloud',
    '404 or the page itself; no file of the machine is answered',
  ),
  reportName: attack(
    'report name',
    'an execution name with .., slashes, line breaks or escape sequences',
    'InvalidName from StartExecution, as from AWS; no execution, no report, no file of that name',
  ),
  journalInjection: attack(
    'journal injection',
    'line breaks, JSON and escape sequences in paths, headers, keys and bodies at the local cloud and the workspace',
    'every line of the journal is one JSON object of the local cloud, with no invented one and no control character; no answer has a header that the request brought',
  ),
  s3Traversal: attack(
    'S3 traversal',
    'object keys with .., encoded .. and absolute paths at the S3 endpoint',
    'no file outside of the bucket is read or written',
  ),
  serviceTraversal: attack(
    'service traversal',
    'keys with .., encoded .., %00 and control characters at the service',
    '400 or 404 and no call to S3',
  ),
  headerInjection: attack(
    'header injection',
    'line breaks in keys and header values at the service',
    'no answer has a header that the request brought',
  ),
  logInjection: attack(
    'log injection',
    'line breaks, JSON and escape sequences in paths, headers and bodies of the service',
    'every line of stdout is one JSON object of the service, with no invented field and no control character',
  ),
  loopbackOnly: attack(
    'loopback only',
    'the local cloud, the workspace and the service are asked for on every address of this machine but 127.0.0.1',
    'no connection',
  ),
  crossOrigin: attack(
    'cross-origin',
    'a page of another origin calls the local cloud and the workspace',
    '403, no CORS header',
  ),
  rebinding: attack('DNS rebinding', 'the local cloud and the workspace are asked under another Host', '403 on both'),
  tokenAtRest: attack(
    'secrets at rest',
    'every file that a setup with a failure left, swept for each token that was minted and each secret key that was lent, after a planted one was found',
    'none is found',
  ),
} as const;
