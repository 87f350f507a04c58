import {
  type GrafanaClient,
  ListWorkspacesCommand,
  paginateListWorkspaces,
  type WorkspaceSummary,
} from '@aws-sdk/client-grafana';
import type { Stack } from './stack';

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly url: string;
  readonly version: string;
}

/** The stack's Grafana workspace, by its name; undefined while there is none. */
export async function findWorkspace(client: GrafanaClient, stack: Stack): Promise<Workspace | undefined> {
  const name = stack.outputs['GrafanaWorkspaceName'] ?? stack.name;
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListWorkspacesCommand({ ...(nextToken && { nextToken }) }));
    const found = page.workspaces?.find((workspace) => workspace.name === name);
    if (found) return readWorkspace(found, name);
    nextToken = page.nextToken;
  } while (nextToken);
  return undefined;
}

/** The tag that the setup gives its workspace; its value is the stack's name. */
const stackTag = 'grafana-observability-stack';

/** The workspaces that carry the stack's tag, in any status. */
export async function workspacesOf(
  client: GrafanaClient,
  stack: Stack,
): Promise<readonly { readonly id: string; readonly status: string }[]> {
  const found: { readonly id: string; readonly status: string }[] = [];
  for await (const { workspaces = [] } of paginateListWorkspaces({ client }, {})) {
    for (const { id = '', status = 'UNKNOWN', tags } of workspaces)
      if (tags?.[stackTag] === stack.name) found.push({ id, status });
  }
  return found;
}

function readWorkspace({ id, status, endpoint, grafanaVersion }: WorkspaceSummary, name: string): Workspace {
  return {
    id: id ?? '',
    name,
    status: status ?? 'UNKNOWN',
    // AMG returns a host name without a scheme, a stage's own endpoint a whole URL.
    url: !endpoint ? '' : /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`,
    version: grafanaVersion ?? '',
  };
}
