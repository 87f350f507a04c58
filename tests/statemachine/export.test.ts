import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DeleteWorkspaceServiceAccountCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import type { Grafana } from '../../functions/domain/grafana';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, expectCleanFailure, hurryRetries, objects, tokensLeft } from './support/scenario';

jest.setTimeout(120_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

async function withCloud(
  work: (cloud: MachineCloud) => Promise<void>,
  environment: Readonly<Record<string, string>> = { KEEP_DATA: 'true' },
): Promise<void> {
  const cloud = await startMachineCloud({ environment });
  try {
    await work(cloud);
  } finally {
    await cloud.close();
  }
}

const secrets = ['s3cret-password', 'hunter2', 'T0/B0/xyz', 'user:pass'];

/** What a person may make in a workspace: a folder in a folder, dashboards, a data source, and alerting with all its parts. */
async function makeContent(grafana: Grafana): Promise<void> {
  const post = (url: string, body: unknown) => grafana.request('POST', url, { body });
  await post('/api/folders', { uid: 'team', title: 'Team' });
  await post('/api/folders', { uid: 'team-web', title: 'Web', parentUid: 'team', description: 'Ours' });
  await post('/api/dashboards/db', {
    dashboard: { uid: 'mine', title: 'Mine', panels: [], tags: ['x'] },
    folderUid: 'team-web',
  });
  await post('/api/dashboards/db', { dashboard: { uid: 'at-the-root', title: 'At the root', panels: [] } });
  await post('/api/datasources', {
    uid: 'web-prometheus',
    name: 'Web Prometheus',
    type: 'prometheus',
    access: 'proxy',
    url: 'https://user:pass@metrics.example.org/api',
    basicAuth: true,
    basicAuthUser: 'reader',
    jsonData: { httpMethod: 'POST', apiKey: 'hunter2' },
    secureJsonData: { basicAuthPassword: 's3cret-password' },
  });
  await post('/api/v1/provisioning/contact-points', {
    uid: 'hook',
    name: 'Hook',
    type: 'webhook',
    settings: { url: 'https://hooks.example.org/T0/B0/xyz', httpMethod: 'POST' },
  });
  await post('/api/v1/provisioning/mute-timings', {
    name: 'Nights and weekends',
    time_intervals: [{ weekdays: ['saturday', 'sunday'] }],
  });
  await grafana.request('PUT', '/api/v1/provisioning/templates/on-call', {
    body: { template: '{{ define "x" }}y{{ end }}' },
  });
  for (const uid of ['rule-a', 'rule-b']) {
    await post('/api/v1/provisioning/alert-rules', {
      uid,
      title: uid,
      folderUID: 'team',
      ruleGroup: 'Every 10 s / web',
      condition: 'A',
      for: '1m',
      noDataState: 'OK',
      execErrState: 'Error',
      data: [
        {
          refId: 'A',
          datasourceUid: '__expr__',
          relativeTimeRange: { from: 60, to: 0 },
          model: { refId: 'A', type: 'math', expression: '1 > 0' },
        },
      ],
    });
  }
  const group = `/api/v1/provisioning/folder/team/rule-groups/${encodeURIComponent('Every 10 s / web')}`;
  const { body } = await grafana.request('GET', group);
  await grafana.request('PUT', group, { body: { ...(body as object), interval: 10 } });
}

/** What of it is in a workspace, in a form that can be compared. */
async function contentOf(grafana: Grafana) {
  const get = async (url: string) => (await grafana.request('GET', url)).body as never;
  const folder = async (uid: string) => {
    const { title, parentUid, description } = (await get(`/api/folders/${uid}`)) as Record<string, unknown>;
    return { title, parentUid, description };
  };
  const dashboard = async (uid: string) => {
    const { dashboard, meta } = (await get(`/api/dashboards/uid/${uid}`)) as Record<string, Record<string, unknown>>;
    return { title: dashboard?.['title'], tags: dashboard?.['tags'], folder: meta?.['folderUid'] };
  };
  const group = (await get(
    `/api/v1/provisioning/folder/team/rule-groups/${encodeURIComponent('Every 10 s / web')}`,
  )) as { interval: number; rules: Record<string, unknown>[] };
  return {
    folders: [await folder('team'), await folder('team-web')],
    dashboards: [await dashboard('mine'), await dashboard('at-the-root')],
    muteTimings: ((await get('/api/v1/provisioning/mute-timings')) as { name: string; time_intervals: unknown }[]).map(
      ({ name, time_intervals }) => ({ name, time_intervals }),
    ),
    template: ((await get('/api/v1/provisioning/templates/on-call')) as { template: string }).template,
    interval: group.interval,
    // What was made by the API comes back as what a person can edit: without a provenance.
    rules: group.rules.map(({ id, updated, provenance, ...rule }) => rule),
  };
}

async function removeServiceAccounts({ grafana, amg, environment }: MachineCloud): Promise<void> {
  const client = new GrafanaClient({
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (const { id: workspaceId } of grafana.workspaces()) {
    for (const { id: serviceAccountId } of await amg.serviceAccounts(workspaceId))
      await client.send(new DeleteWorkspaceServiceAccountCommand({ workspaceId, serviceAccountId }));
  }
  client.destroy();
}

/** The commands of docs/operations.md that bring an export back, as they stand there. */
async function documentedCommands(): Promise<string> {
  const text = await readFile(path.resolve(__dirname, '../../docs/operations.md'), 'utf8');
  const [, block = ''] = /```bash\n(send\(\) [\s\S]*?)```/.exec(text) ?? [];
  return block;
}

it('exports what users made before the workspace goes, and the documented commands bring it back into another', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    const before = await byHand(cloud, async (grafana) => {
      await makeContent(grafana);
      return contentOf(grafana);
    });
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(cloud.grafana.workspaces()).toEqual([]);
    const prefix = `exports/${down.arn.split(':').at(-1)}/`;
    expect(down.output['exportContent']).toEqual({
      outcome: 'done',
      detail: `2 folders, 1 data source, 2 dashboards, 1 contact point, 1 mute timing, 1 notification template, 2 rules, 1 rule group → s3://audit-bucket/${prefix}; 3 secrets are to be entered again`,
    });
    expect(down.visited.indexOf('ExportContent')).toBeLessThan(down.visited.indexOf('DeleteWorkspace'));

    const exported = [...(await objects(cloud))].filter(([key]) => key.startsWith(prefix));
    for (const secret of secrets) expect(JSON.stringify([exported, down.history])).not.toContain(secret);
    expect(JSON.parse(new Map(exported).get(`${prefix}manifest.json`) ?? '{}')).toMatchObject({
      grafanaVersion: '12.4',
      exported: { folder: 2, dashboard: 2, rule: 2 },
      secretsToEnterAgain: [
        'data source Web Prometheus: secureJsonData.basicAuthPassword',
        'data source Web Prometheus: jsonData.apiKey',
        'contact point Hook: settings.url',
      ],
      notExported: [],
    });

    await cloud.run('setup');
    await byHand(cloud, async (grafana, { url, token }) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'export-'));
      try {
        for (const [key, text] of exported) {
          const file = path.join(directory, 'export', key.slice(prefix.length));
          await mkdir(path.dirname(file), { recursive: true });
          await writeFile(file, text);
        }
        const commands = await documentedCommands();
        const bring = () =>
          promisify(execFile)('bash', ['-c', commands], {
            cwd: directory,
            env: { ...process.env, GRAFANA: url, TOKEN: token },
          });
        const sent = (await bring()).stdout.trim().split('\n');
        expect(sent.map((line) => line.slice(0, 4)).filter((status) => !/^20[012] $/.test(status))).toEqual([]);
        expect(sent).toHaveLength(exported.length - 1);
        expect(await contentOf(grafana)).toEqual(before);
        const source = (await grafana.request('GET', '/api/datasources/uid/web-prometheus')).body;
        expect(source).toMatchObject({
          url: 'https://metrics.example.org/api',
          basicAuth: true,
          basicAuthUser: 'reader',
          jsonData: { httpMethod: 'POST', apiKey: 'enter-again' },
          isDefault: false,
        });
        // Again: nothing is doubled, and what is there stays.
        await bring();
        expect(await contentOf(grafana)).toEqual(before);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
    // What came back is the users' own: the setup does not mind it.
    expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
  }));

describe('nothing to export', () => {
  it('where users made nothing', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      const down = await cloud.run('teardown');
      expect(down.output['exportContent']).toMatchObject({
        outcome: 'unchanged',
        detail: expect.stringContaining('users made nothing'),
      });
      expect([...(await objects(cloud)).keys()].filter((key) => key.startsWith('exports/'))).toEqual([]);
    }));

  it('where the stack keeps no data', () =>
    withCloud(
      async (cloud) => {
        await cloud.run('setup');
        await byHand(cloud, makeContent);
        const down = await cloud.run('teardown');
        expect(down.output['exportContent']).toMatchObject({
          outcome: 'unchanged',
          detail: expect.stringContaining('keeps no data'),
        });
      },
      { KEEP_DATA: 'false' },
    ));

  it('where there is no workspace, or it never came up', () =>
    withCloud(async (cloud) => {
      expect((await cloud.run('teardown')).output['exportContent']).toMatchObject({ outcome: 'unchanged' });
      cloud.grafana.plant({ kind: 'becomes', operation: 'CreateWorkspace', status: 'CREATION_FAILED' });
      expect((await cloud.run('setup')).status).toBe('FAILED');
      const down = await cloud.run('teardown');
      expect(down).toMatchObject({
        status: 'SUCCEEDED',
        output: { exportContent: { detail: expect.stringContaining('CREATION_FAILED') } },
      });
    }));
});

it('does not delete the workspace when Grafana does not give its content away, and says what to do', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await byHand(cloud, makeContent);
    const mend = cloud.grafana.plant({
      kind: 'error',
      route: 'GET /api/datasources',
      status: 403,
      times: Number.POSITIVE_INFINITY,
    });
    await expectCleanFailure(
      cloud,
      await cloud.run('teardown'),
      'ExportContent',
      'ContentNotExported',
      /keepData=false/,
    );
    expect(cloud.grafana.workspaces()).toHaveLength(1);
    mend();
    expect((await cloud.run('teardown')).output['exportContent']).toMatchObject({ outcome: 'done' });
    expect(cloud.grafana.workspaces()).toEqual([]);
  }));

it('goes on without what the workspace refuses to give away besides, and names it', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await byHand(cloud, async (grafana) => {
      await makeContent(grafana);
      // As Grafana's own editor saves a dashboard.
      await grafana.request('PUT', '/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/mine', {
        body: {
          metadata: { name: 'mine' },
          spec: { title: 'Mine', elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } } },
        },
      });
    });
    for (const route of [
      'GET /api/v1/provisioning/mute-timings',
      'GET /api/v1/provisioning/templates',
      'GET /api/v1/provisioning/folder/*',
      'GET /apis/dashboard.grafana.app/*',
    ]) {
      cloud.grafana.plant({
        kind: 'raw',
        route,
        status: 400,
        body: 'Bad Request: Not allowed.',
        times: Number.POSITIVE_INFINITY,
      });
    }
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    const { detail } = down.output['exportContent'] as { detail: string };
    for (const refused of [
      'mute timings',
      'notification templates',
      'rule group Every 10 s / web',
      'dashboard Mine (schema v2)',
    ])
      expect(detail).toMatch(new RegExp(`; not exported:.*${refused.replace(/[()]/g, '\\$&')}: .*Not allowed`));
    expect(detail).toContain('1 dashboard, 1 contact point, 2 rules →');
  }));

it('exports a dashboard that was saved in schema v2', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    const spec = { title: 'Mine', elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } } };
    await byHand(cloud, async (grafana) => {
      await makeContent(grafana);
      await grafana.request('PUT', '/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/mine', {
        body: { metadata: { name: 'mine' }, spec },
      });
    });
    const down = await cloud.run('teardown');
    const stored = await objects(cloud);
    expect(JSON.parse(stored.get(`exports/${down.arn.split(':').at(-1)}/dashboards-v2/mine.json`) ?? '')).toMatchObject(
      { title: 'Mine' },
    );
  }));

it('exports more dashboards than Grafana tells in one answer', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await byHand(cloud, async (grafana) => {
      for (let index = 0; index < 1005; index++)
        await grafana.request('POST', '/api/dashboards/db', {
          body: { dashboard: { uid: `mine-${index}`, title: `Mine ${index}`, panels: [] } },
        });
    });
    const down = await cloud.run('teardown');
    expect(down.output['exportContent']).toMatchObject({ detail: expect.stringContaining('1005 dashboards') });
  }));

it('makes a service account of its own where somebody deleted the setup’s, and leaves no token', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await byHand(cloud, makeContent);
    await removeServiceAccounts(cloud);
    let left: number | undefined;
    cloud.overrides.set('deleteWorkspace', async (_event, real) => {
      left = await tokensLeft(cloud);
      return real();
    });
    const down = await cloud.run('teardown');
    expect(down.output['exportContent']).toMatchObject({ outcome: 'done' });
    expect(left).toBe(0);
  }));
