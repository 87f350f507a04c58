import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateWorkspaceCommand,
  type CreateWorkspaceCommandInput,
  CreateWorkspaceServiceAccountCommand,
  CreateWorkspaceServiceAccountTokenCommand,
  DescribeWorkspaceCommand,
  GrafanaClient,
  type Role as GrafanaRole,
  type WorkspaceDescription,
} from '@aws-sdk/client-grafana';
import { createGrafana, type GrafanaModule, type GrafanaOptions } from '../../../aws/managed-grafana';
import { resolveBackend } from '../../../engines';
import type { JsonObject } from '../../../kernel/contracts';
import { createKernel, type LocalKernel } from '../../../kernel/create-kernel';
import { addRole } from '../../aws/support/add-role';

const ACCOUNT = '000000000000';
const REGION = 'eu-west-1';

/** A kernel with Amazon Managed Grafana alone, and a clock that a test can move. */
export interface GrafanaCloud extends AsyncDisposable {
  readonly kernel: LocalKernel;
  readonly module: GrafanaModule;
  readonly client: GrafanaClient;
  readonly roleArn: string;
  /** Milliseconds to add to every clock reading of Grafana. */
  skew: number;
  /** A client that signs as a role with these policy statements. */
  clientOf(name: string, statements: readonly JsonObject[]): GrafanaClient;
  request(overrides?: Partial<CreateWorkspaceCommandInput>): CreateWorkspaceCommandInput;
  /** An ACTIVE workspace. */
  workspace(
    overrides?: Partial<CreateWorkspaceCommandInput>,
  ): Promise<WorkspaceDescription & { readonly id: string; readonly endpoint: string }>;
  until(id: string, status: string): Promise<WorkspaceDescription>;
  token(workspaceId: string, role?: GrafanaRole, secondsToLive?: number): Promise<string>;
  journal(): Promise<Record<string, unknown>[]>;
}

export async function startGrafanaCloud(options: GrafanaOptions = {}): Promise<GrafanaCloud> {
  const directory = await mkdtemp(path.join(tmpdir(), 'grafana-cloud-'));
  const clock = { skew: 0 };
  const kernel = await createKernel({
    port: 0,
    directory: () => directory,
    region: REGION,
    accountId: ACCOUNT,
    now: () => new Date(Date.now() + clock.skew),
  });
  const module = createGrafana(kernel, {
    throttle: 'off',
    resolve: () => resolveBackend('grafana', { environment: { LOCAL_BACKENDS: 'standin' } }),
    delays: { create: 5, update: 5, restart: 5, delete: 5, interfaces: 5 },
    // Most of these tests are about the Grafana behind the front end; the front end has its own tests.
    frontEnd: { mode: 'open' },
    ...options,
  });
  kernel.register(module);
  const client = new GrafanaClient({
    endpoint: kernel.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const roleArn = addWorkspaceRole(kernel, 'workspace', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const until: GrafanaCloud['until'] = async (id, status) => {
    for (;;) {
      const { workspace } = await client.send(new DescribeWorkspaceCommand({ workspaceId: id }));
      if (workspace?.status === status) return workspace;
    }
  };
  const request: GrafanaCloud['request'] = (overrides = {}) => ({
    accountAccessType: 'CURRENT_ACCOUNT',
    permissionType: 'CUSTOMER_MANAGED',
    authenticationProviders: ['SAML'],
    workspaceName: 'demo',
    workspaceRoleArn: roleArn,
    grafanaVersion: '12.4',
    ...overrides,
  });
  return {
    kernel,
    module,
    client,
    roleArn,
    get skew() {
      return clock.skew;
    },
    set skew(value) {
      clock.skew = value;
    },
    clientOf(name, statements) {
      const arn = addRole(kernel, name, 'lambda.amazonaws.com', statements);
      const { credentials } = kernel.assumeRole(arn, 'lambda.amazonaws.com', 'test');
      return new GrafanaClient({ endpoint: kernel.endpoint, region: REGION, credentials, maxAttempts: 1 });
    },
    request,
    async workspace(overrides) {
      const { workspace } = await client.send(new CreateWorkspaceCommand(request(overrides)));
      const { id = '', endpoint = '' } = workspace ?? {};
      return { ...(await until(id, 'ACTIVE')), id, endpoint };
    },
    until,
    async token(workspaceId, role = 'ADMIN', secondsToLive = 600) {
      const account = await client.send(
        new CreateWorkspaceServiceAccountCommand({
          workspaceId,
          name: `sa-${role}-${Math.random()}`,
          grafanaRole: role,
        }),
      );
      const answer = await client.send(
        new CreateWorkspaceServiceAccountTokenCommand({
          workspaceId,
          serviceAccountId: account.id,
          name: 't',
          secondsToLive,
        }),
      );
      return answer.serviceAccountToken?.key ?? '';
    },
    async journal() {
      const text = await readFile(kernel.journalFile, 'utf8');
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await kernel.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A role with the stack's trust policy: Grafana may assume it for a workspace of the account. */
export function addWorkspaceRole(kernel: LocalKernel, name: string, statements: readonly JsonObject[]): string {
  return addRole(kernel, name, 'grafana.amazonaws.com', statements, {
    StringLike: { 'aws:SourceArn': `arn:aws:grafana:${REGION}:${ACCOUNT}:/workspaces/*` },
  });
}
