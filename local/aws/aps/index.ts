import type { ResolvedBackend } from '../../engines';
import type { Grant, JsonObject, Kernel, Output, ServiceModule } from '../../kernel/contracts';
import { type RestOperation, restAnswer, restJson } from '../../kernel/protocols/rest-json';
import type { StoreAnswer } from './store';
import { endpointOf, notFound, type Workspace, workspaceResource } from './workspace';

export interface ApsModule extends ServiceModule {
  /** The storage of each workspace, for the terminal's table. */
  workspaces(): readonly { readonly id: string; readonly endpoint: string; readonly store: string }[];
  /**
   * For the cloud's own page: a query of a workspace's samples; `path` is below `/api/v1/`. Throws
   * ResourceNotFoundException.
   */
  query(workspaceId: string, path: 'query' | 'query_range', parameters: URLSearchParams): Promise<StoreAnswer>;
  /** A remote write, already authorised. Throws ResourceNotFoundException. */
  write(workspaceId: string, body: Buffer): Promise<StoreAnswer>;
  close(): Promise<void>;
}

/**
 * Amazon Managed Prometheus: the template's workspaces and their Prometheus-compatible APIs. The kernel verifies each
 * call's signature; this service authorises it by the caller's role.
 */
export function createAps(
  kernel: Kernel,
  options: { readonly resolve?: () => Promise<ResolvedBackend> } = {},
): ApsModule {
  const workspaces = new Map<string, Workspace>();
  const arnOf = (id: string): string =>
    workspaces.get(id)?.arn ?? `arn:${kernel.partition}:aps:${kernel.region}:${kernel.accountId}:workspace/${id}`;
  const find = (input: JsonObject): Workspace => {
    const id = String(input['workspaceId']);
    const workspace = workspaces.get(id);
    if (workspace === undefined) throw notFound(id);
    return workspace;
  };
  const on =
    (action: string) =>
    (input: JsonObject): readonly Grant[] => [
      { action: `aps:${action}`, resource: arnOf(String(input['workspaceId'])) },
    ];

  const read = (action: string, route: string, path: (input: JsonObject) => string): RestOperation => ({
    route,
    rawBody: true,
    grants: on(action),
    handle: async (input, { query, headers, body }) => {
      const parameters = new URLSearchParams(query);
      if ((headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
        for (const [name, value] of new URLSearchParams(body.toString('utf8'))) parameters.append(name, value);
      }
      return answer(await find(input).store.read(path(input), parameters));
    },
  });

  const base = '/workspaces/{workspaceId}';
  const operations: Readonly<Record<string, RestOperation>> = {
    RemoteWrite: {
      route: `POST ${base}/api/v1/remote_write`,
      rawBody: true,
      grants: on('RemoteWrite'),
      handle: async (input, { body }) => answer(await find(input).store.write(body)),
    },
    QueryMetrics: read('QueryMetrics', `GET ${base}/api/v1/query`, () => 'query'),
    PostQueryMetrics: read('QueryMetrics', `POST ${base}/api/v1/query`, () => 'query'),
    QueryMetricsRange: read('QueryMetrics', `GET ${base}/api/v1/query_range`, () => 'query_range'),
    PostQueryMetricsRange: read('QueryMetrics', `POST ${base}/api/v1/query_range`, () => 'query_range'),
    GetSeries: read('GetSeries', `GET ${base}/api/v1/series`, () => 'series'),
    PostSeries: read('GetSeries', `POST ${base}/api/v1/series`, () => 'series'),
    GetLabels: read('GetLabels', `GET ${base}/api/v1/labels`, () => 'labels'),
    PostLabels: read('GetLabels', `POST ${base}/api/v1/labels`, () => 'labels'),
    GetLabelValues: read(
      'GetLabels',
      `GET ${base}/api/v1/label/{label}/values`,
      ({ label }) => `label/${encodeURIComponent(String(label))}/values`,
    ),
    GetMetricMetadata: read('GetMetricMetadata', `GET ${base}/api/v1/metadata`, () => 'metadata'),
    DescribeWorkspace: {
      route: `GET ${base}`,
      grants: on('DescribeWorkspace'),
      handle: (input) => {
        const workspace = find(input);
        return { workspace: { ...summary(workspace), prometheusEndpoint: endpointOf(kernel, workspace.id) } };
      },
    },
    ListWorkspaces: {
      route: 'GET /workspaces',
      grants: () => [{ action: 'aps:ListWorkspaces', resource: '*' }],
      handle: ({ alias }) => ({
        workspaces: [...workspaces.values()]
          .filter((workspace) => alias === undefined || workspace.alias?.startsWith(String(alias)))
          .map(summary),
      }),
    },
    DescribeWorkspaceConfiguration: {
      route: `GET ${base}/configuration`,
      grants: on('DescribeWorkspaceConfiguration'),
      handle: (input) => ({
        workspaceConfiguration: { status: { statusCode: 'ACTIVE' }, retentionPeriodInDays: find(input).retentionDays },
      }),
    },
    DescribeLoggingConfiguration: {
      route: `GET ${base}/logging`,
      grants: on('DescribeLoggingConfiguration'),
      handle: (input) => {
        const { id, logGroupArn, createdAt } = find(input);
        if (logGroupArn === undefined) throw notFound(`${id}/logging`);
        const at = { createdAt, modifiedAt: createdAt };
        return { loggingConfiguration: { workspace: id, logGroupArn, status: { statusCode: 'ACTIVE' }, ...at } };
      },
    },
  };

  return {
    signingNames: ['aps'],
    operations,
    handle: restJson({ kernel, operations }),
    resources: { 'AWS::APS::Workspace': workspaceResource(kernel, workspaces, options.resolve) },
    workspaces: () =>
      [...workspaces.values()].map(({ id, store }) => ({ id, endpoint: endpointOf(kernel, id), store: store.label })),
    write: async (workspaceId, body) => find({ workspaceId }).store.write(body),
    query: async (workspaceId, path, parameters) => find({ workspaceId }).store.read(path, parameters),
    close: async () => {
      await Promise.all([...workspaces.values()].map(({ store }) => store.close()));
      workspaces.clear();
    },
  };
}

function summary({ id, arn, alias, createdAt, tags }: Workspace): Output {
  return { workspaceId: id, arn, ...(alias && { alias }), status: { statusCode: 'ACTIVE' }, createdAt, tags };
}

function answer({ status, body, contentType }: StoreAnswer): Output {
  return restAnswer({ status, headers: { 'content-type': contentType }, body });
}
