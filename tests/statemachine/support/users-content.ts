import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DeleteWorkspaceServiceAccountCommand, GrafanaClient } from '@aws-sdk/client-grafana';
import type { Grafana } from '../../../functions/domain/grafana';
import type { MachineCloud } from './machine-cloud';

/** Content that users may create: a nested folder, dashboards, a data source, and every part of alerting. */
export async function makeContent(grafana: Grafana): Promise<void> {
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

/** The users' content of a workspace in a comparable form. */
export async function contentOf(grafana: Grafana) {
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
    // Restored items have no provenance, so that people can edit them.
    rules: group.rules.map(({ id, updated, provenance, ...rule }) => rule),
  };
}

/** Saves a dashboard as Grafana's own editor does. */
export async function saveInSchemaV2(grafana: Grafana, uid: string): Promise<void> {
  const spec = { title: 'Mine', elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } } };
  await grafana.request('PUT', `/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/${uid}`, {
    body: { metadata: { name: uid }, spec },
  });
}

/** Deletes every service account of the workspaces, the setup's too. */
export async function removeServiceAccounts({ grafana, amg, environment }: MachineCloud): Promise<void> {
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

/**
 * Runs the restore commands of docs/operations.md unchanged; `files` by their path in the export. Returns the output
 * lines.
 */
export async function bringBack(
  files: ReadonlyMap<string, string>,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<readonly string[]> {
  const text = await readFile(path.resolve(__dirname, '../../../docs/operations.md'), 'utf8');
  const [, commands = ''] = /```bash\n(send\(\) [\s\S]*?)```/.exec(text) ?? [];
  const directory = await mkdtemp(path.join(tmpdir(), 'export-'));
  try {
    for (const [name, body] of files) {
      const file = path.join(directory, 'export', name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, body);
    }
    const env = { ...process.env, GRAFANA: url, TOKEN: token };
    const { stdout } = await promisify(execFile)('bash', ['-c', commands], { cwd: directory, env });
    return stdout.trim().split('\n');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
