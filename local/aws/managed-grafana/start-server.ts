import { join } from 'node:path';
import { resolveBackend } from '../../engines';
import type { WorkspaceOptions, WorkspaceServer } from '../../grafana-server/contracts';
import { createFrontEnd, type FrontEndOptions } from '../../grafana-server/front-end/front-end';
import { startRealWorkspace } from '../../grafana-server/real/start-real-workspace';
import { startWorkspaceServer } from '../../grafana-server/server';
import { AwsError, type TemporaryCredentials } from '../../kernel/contracts';
import type { Context } from './context';
import { identify } from './operations/service-accounts';
import type { GrafanaOptions } from './options';

/** Starts the server at a new workspace's URL: a real Grafana if local/engines finds one, else the stand-in. */
export async function startServer(
  context: Context,
  options: GrafanaOptions & { readonly frontEnd: FrontEndOptions },
  session: (roleArn: string, workspaceId: string) => TemporaryCredentials,
  id: string,
  version: string,
): Promise<WorkspaceServer> {
  const { kernel, workspaces, faults, now } = context;
  const find = () => workspaces.get(id);
  const workspaceOptions: WorkspaceOptions = {
    workspaceId: id,
    version,
    region: kernel.region,
    accountId: kernel.accountId,
    awsEndpoint: kernel.endpoint,
    port: workspaces.size === 0 ? (options.port ?? 0) : 0,
    faults,
    frontEnd: createFrontEnd(options.frontEnd, {
      version: () => find()?.version ?? version,
      isRestricted: () => find()?.networkAccess !== undefined,
    }),
    signIns: options.signIns ?? ['ec2_iam_role', 'default'],
    now,
    alertBaseIntervalMs: options.alertBaseIntervalMs ?? 1000,
    closing: kernel.closing,
    journal: (entry) => kernel.journal(entry),
    configuration: () =>
      find()?.configuration ?? { plugins: { pluginAdminEnabled: false }, unifiedAlerting: { enabled: true } },
    credentials() {
      const role = find()?.roleArn;
      if (role === undefined) throw new AwsError('NoCredentialProviders', 'no valid providers in chain', 500);
      return session(role, id);
    },
    identify(key) {
      const workspace = find();
      const found = workspace ? identify(context, workspace, key) : 'unknown';
      if (typeof found === 'string') return found;
      return { id: found.account.id, name: found.account.name, role: found.account.role };
    },
  };
  const backend = await (options.resolve ?? (() => resolveBackend('grafana')))();
  return backend.kind === 'stand-in'
    ? startWorkspaceServer(workspaceOptions)
    : startRealWorkspace(workspaceOptions, backend, join(kernel.directory, 'grafana', id));
}
