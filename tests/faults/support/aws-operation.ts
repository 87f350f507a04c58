import type { IncomingMessage } from 'node:http';

/** Amazon Managed Grafana's routes (restJson1), from its API reference. */
const grafanaRoutes: readonly (readonly [string, RegExp, string])[] = [
  ['GET', /^\/workspaces$/, 'ListWorkspaces'],
  ['POST', /^\/workspaces$/, 'CreateWorkspace'],
  ['GET', /^\/workspaces\/[^/]+$/, 'DescribeWorkspace'],
  ['PUT', /^\/workspaces\/[^/]+$/, 'UpdateWorkspace'],
  ['DELETE', /^\/workspaces\/[^/]+$/, 'DeleteWorkspace'],
  ['GET', /^\/versions$/, 'ListVersions'],
  ['GET', /^\/workspaces\/[^/]+\/configuration$/, 'DescribeWorkspaceConfiguration'],
  ['PUT', /^\/workspaces\/[^/]+\/configuration$/, 'UpdateWorkspaceConfiguration'],
  ['GET', /^\/workspaces\/[^/]+\/authentication$/, 'DescribeWorkspaceAuthentication'],
  ['POST', /^\/workspaces\/[^/]+\/authentication$/, 'UpdateWorkspaceAuthentication'],
  ['GET', /^\/workspaces\/[^/]+\/permissions$/, 'ListPermissions'],
  ['PATCH', /^\/workspaces\/[^/]+\/permissions$/, 'UpdatePermissions'],
  ['GET', /^\/workspaces\/[^/]+\/serviceaccounts$/, 'ListWorkspaceServiceAccounts'],
  ['POST', /^\/workspaces\/[^/]+\/serviceaccounts$/, 'CreateWorkspaceServiceAccount'],
  ['DELETE', /^\/workspaces\/[^/]+\/serviceaccounts\/[^/]+$/, 'DeleteWorkspaceServiceAccount'],
  ['GET', /^\/workspaces\/[^/]+\/serviceaccounts\/[^/]+\/tokens$/, 'ListWorkspaceServiceAccountTokens'],
  ['POST', /^\/workspaces\/[^/]+\/serviceaccounts\/[^/]+\/tokens$/, 'CreateWorkspaceServiceAccountToken'],
  ['DELETE', /^\/workspaces\/[^/]+\/serviceaccounts\/[^/]+\/tokens\/[^/]+$/, 'DeleteWorkspaceServiceAccountToken'],
];

/** Lambda's routes, from its API reference. */
const lambdaRoutes: typeof grafanaRoutes = [
  ['GET', /^\/2015-03-31\/functions\/[^/]+\/configuration$/, 'GetFunctionConfiguration'],
  ['PUT', /^\/2015-03-31\/functions\/[^/]+\/configuration$/, 'UpdateFunctionConfiguration'],
];

const s3Operations: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  DELETE: 'DeleteObject',
  POST: 'DeleteObjects',
};

/** The operation that a request of an SDK client asks for. */
export function operationOf(request: IncomingMessage, body: Buffer): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? target;
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').split('?')[0]?.replace(/(?<=.)\/$/, '') ?? '/';
  if (request.headers.authorization?.includes('/s3/aws4_request')) {
    if (/[?&]versions/.test(request.url ?? '')) return 'ListObjectVersions';
    if (/[?&]uploads/.test(request.url ?? '')) return 'ListMultipartUploads';
    if (method === 'DELETE' && /[?&]uploadId=/.test(request.url ?? '')) return 'AbortMultipartUpload';
    return s3Operations[method] ?? method;
  }
  const route = [...grafanaRoutes, ...lambdaRoutes].find(([verb, pattern]) => verb === method && pattern.test(path));
  return route?.[2] ?? /(?:^|&)Action=(\w+)/.exec(body.toString('latin1'))?.[1] ?? `${method} ${path}`;
}
