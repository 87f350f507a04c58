import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteWorkspaceServiceAccountTokenCommand,
  ListWorkspaceServiceAccountsCommand,
  ListWorkspaceServiceAccountTokensCommand,
} from '@aws-sdk/client-grafana';
import { featuresOf } from '../../local/grafana-server/features';
import type { Grafana } from '../../local/grafana-server/grafana';
import { routes } from '../../local/grafana-server/routes';
import { type GrafanaCloud, startGrafanaCloud } from '../../local/tests/grafana-server/support/grafana-cloud';
import { roleCredentials } from '../../local/tests/kernel/support/control-plane';
import { hurryRetries } from '../statemachine/support/scenario';
import { security } from './expected/security';
import { withFaultyCloud } from './support/control-plane';
import { filesWith } from './support/files-with';
import { tryFault } from './support/try-fault';

let cloud: GrafanaCloud;
let workspace: { readonly id: string; readonly endpoint: string };

beforeAll(async () => {
  cloud = await startGrafanaCloud();
  workspace = await cloud.workspace();
});
afterAll(() => cloud[Symbol.asyncDispose]());

const guarded = routes
  .filter(({ role }) => role !== 'anyone')
  .map(({ method, path, role, when }) => ({
    method: method === '*' ? 'POST' : method,
    path: path.replace(/[:*]\w+/g, 'x'),
    role,
    when,
  }));

const status = async (method: string, path: string, token?: string, at = workspace.endpoint): Promise<number> => {
  const response = await fetch(`${at}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  await response.arrayBuffer();
  return response.status;
};

async function unguarded(wanted: number, token?: string): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { method, path } of guarded) {
    const answered = await status(method, path, token);
    if (answered !== wanted) problems.push(`${method} ${path} answered ${answered}`);
  }
  return problems;
}

it(security.grafanaNoToken.id, () =>
  tryFault(security.grafanaNoToken, async (note) => {
    note(`${guarded.length} routes`);
    return unguarded(401);
  }),
);

it(security.grafanaWrongToken.id, () =>
  tryFault(security.grafanaWrongToken, () => unguarded(401, `glsa_${'a'.repeat(32)}_00000000`)),
);

it(security.grafanaExpired.id, () =>
  tryFault(security.grafanaExpired, async () => {
    const token = await cloud.token(workspace.id, 'ADMIN', 60);
    const before = await status('GET', '/api/datasources', token);
    cloud.skew = 61_000;
    const after = await status('GET', '/api/datasources', token);
    cloud.skew = 0;
    return before === 200 && after === 401 ? [] : [`${before} before its time, ${after} after it`];
  }),
);

it(security.grafanaDeleted.id, () =>
  tryFault(security.grafanaDeleted, async () => {
    const token = await cloud.token(workspace.id, 'EDITOR');
    const before = await status('GET', '/api/folders', token);
    const { serviceAccounts = [] } = await cloud.client.send(
      new ListWorkspaceServiceAccountsCommand({ workspaceId: workspace.id }),
    );
    for (const { id: serviceAccountId } of serviceAccounts) {
      const where = { workspaceId: workspace.id, serviceAccountId };
      const { serviceAccountTokens = [] } = await cloud.client.send(
        new ListWorkspaceServiceAccountTokensCommand(where),
      );
      for (const { id: tokenId } of serviceAccountTokens)
        await cloud.client.send(new DeleteWorkspaceServiceAccountTokenCommand({ ...where, tokenId }));
    }
    const after = await status('GET', '/api/folders', token);
    return before === 200 && after === 401 ? [] : [`${before} before, ${after} after it was deleted`];
  }),
);

it(security.grafanaViewer.id, () =>
  tryFault(security.grafanaViewer, async (note) => {
    const changing = guarded.filter(({ role }) => role === 'ADMIN' || role === 'EDITOR');
    note(`${changing.length} routes`);
    // Some routes exist only in one version of Grafana, or with plugin administration. Each is tested where it exists.
    const configuration = JSON.stringify({ plugins: { pluginAdminEnabled: true } });
    const problems: string[] = [];
    const tried = new Set<string>();
    for (const grafanaVersion of ['12.4', '13.2']) {
      const { id, endpoint } = await cloud.workspace({
        workspaceName: `viewed-${grafanaVersion}`,
        grafanaVersion,
        configuration,
      });
      const token = await cloud.token(id, 'VIEWER');
      const viewed = {
        features: featuresOf(grafanaVersion),
        options: { configuration: () => ({ plugins: { pluginAdminEnabled: true } }) },
      } as unknown as Grafana;
      for (const { method, path, when } of changing) {
        if (when?.(viewed) === false) continue;
        tried.add(`${method} ${path}`);
        const answered = await status(method, path, token, endpoint);
        if (answered !== 403) problems.push(`${method} ${path} answered ${answered} at ${grafanaVersion}`);
      }
    }
    const untried = changing.filter(({ method, path }) => !tried.has(`${method} ${path}`));
    return [...problems, ...untried.map(({ method, path }) => `${method} ${path} is at no version`)];
  }),
);

it(security.tokenAtRest.id, () =>
  tryFault(security.tokenAtRest, async (note) => {
    hurryRetries();
    try {
      return await withFaultyCloud(async ({ cloud: machine, proxy }) => {
        const heal = machine.grafana.plant({
          route: 'POST /api/dashboards/db',
          kind: 'error',
          status: 403,
          times: Number.POSITIVE_INFINITY,
        });
        const failed = await machine.run('setup');
        heal();
        const done = await machine.run('setup');
        const { credentials } = await roleCredentials(machine.kernel, 'lent', []);
        const secrets = [...proxy.tokens, credentials.secretAccessKey, credentials.sessionToken].filter(Boolean);
        note(`${secrets.length} secrets`);
        const planted = join(machine.kernel.directory, 'planted.log');
        await writeFile(planted, `token ${proxy.tokens[0]}\n`);
        const found = await filesWith(machine.kernel.directory, secrets);
        await rm(planted);
        const left = await filesWith(machine.kernel.directory, secrets);
        const histories = [failed, done].filter(({ history }) => secrets.some((secret) => history.includes(secret)));
        return [
          ...(proxy.tokens.length >= 5 && proxy.tokens.every((token) => token.length > 20) ? [] : ['no tokens seen']),
          ...(found.includes(planted) ? [] : ['the planted secret was not found']),
          ...left.map((file) => `a secret is in ${file}`),
          ...histories.map(({ arn }) => `a secret is in the history of ${arn}`),
        ];
      });
    } finally {
      jest.restoreAllMocks();
    }
  }),
);
