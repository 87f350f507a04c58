import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, expectCleanFailure, hurryRetries, objects, tokensLeft } from './support/scenario';
import { bringBack, contentOf, makeContent, removeServiceAccounts, saveInSchemaV2 } from './support/users-content';

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
      const files = new Map(exported.map(([key, text]) => [key.slice(prefix.length), text]));
      const sent = await bringBack(files, { url, token });
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
      // A second restore duplicates nothing, and existing content stays.
      await bringBack(files, { url, token });
      expect(await contentOf(grafana)).toEqual(before);
    });
    // The restored content belongs to users, so the setup ignores it.
    expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
  }));

describe('exports nothing', () => {
  it('when users made nothing', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      const down = await cloud.run('teardown');
      expect(down.output['exportContent']).toMatchObject({
        outcome: 'unchanged',
        detail: expect.stringContaining('users made nothing'),
      });
      expect([...(await objects(cloud)).keys()].filter((key) => key.startsWith('exports/'))).toEqual([]);
    }));

  it('when the stack keeps no data', () =>
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

  it('when there is no workspace, or it never became ACTIVE', () =>
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

it('does not delete the workspace when Grafana does not return its content, and names the remedy', () =>
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

describe('when AWS refuses what the export needs', () => {
  let cloud: MachineCloud;
  beforeAll(async () => {
    cloud = await startMachineCloud({ environment: { KEEP_DATA: 'true' } });
    await cloud.run('setup');
    await byHand(cloud, makeContent);
  });
  afterAll(() => cloud?.close());

  /** Returns what ends the refusal. */
  const refusing = (operation: string, status: number, code: string) => () =>
    cloud.grafana.plant({ kind: 'error', operation, status, code, message: 'no', times: Number.POSITIVE_INFINITY });
  const withoutBucket = () => {
    cloud.overrides.set('exportContent', async (_event, real) => {
      const { AUDIT_BUCKET } = process.env;
      process.env['AUDIT_BUCKET'] = 'no-such-bucket';
      return real().finally(() => Object.assign(process.env, { AUDIT_BUCKET }));
    });
    return () => cloud.overrides.delete('exportContent');
  };

  it.each([
    ['DescribeWorkspace', refusing('DescribeWorkspace', 403, 'AccessDeniedException'), /AccessDeniedException: no\./],
    ['the accounts', refusing('ListWorkspaceServiceAccounts', 403, 'AccessDeniedException'), /AccessDenied/],
    ['one more token', refusing('CreateWorkspaceServiceAccountToken', 402, 'ServiceQuotaExceededException'), /Quota/],
    ['the token', refusing('CreateWorkspaceServiceAccountToken', 400, 'ValidationException'), /ValidationException/],
    ['the audit bucket', withoutBucket, /NoSuchBucket/],
  ])('%s: the removal ends with the reason and its ways out', async (_what, refuse, reason) => {
    const mend = refuse();
    const down = await cloud.run('teardown');
    mend();
    expect({ status: down.status, error: down.error }).toEqual({ status: 'FAILED', error: 'ContentNotExported' });
    expect(down.cause).toMatch(reason);
    expect(down.cause).toMatch(/run sls remove again.*--param=keepData=false.*delete the workspace in the AMG console/);
    expect(cloud.grafana.workspaces()).toHaveLength(1);
  });

  it('for a while, the machine tries again', async () => {
    const fault = { kind: 'error', status: 500, code: 'InternalServerException', message: 'later', times: 7 } as const;
    const planted = cloud.grafana.plant({ ...fault, operation: 'ListWorkspaceServiceAccounts' });
    expect((await cloud.run('teardown')).output['exportContent']).toMatchObject({ outcome: 'done' });
    expect(planted()).toBe(7);
  });
});

it('continues without what the workspace refuses to return, and names it', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await byHand(cloud, async (grafana) => {
      await makeContent(grafana);
      await saveInSchemaV2(grafana, 'mine');
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
    await byHand(cloud, async (grafana) => {
      await makeContent(grafana);
      await saveInSchemaV2(grafana, 'mine');
    });
    const down = await cloud.run('teardown');
    const stored = await objects(cloud);
    expect(JSON.parse(stored.get(`exports/${down.arn.split(':').at(-1)}/dashboards-v2/mine.json`) ?? '')).toMatchObject(
      { title: 'Mine' },
    );
  }));

it('exports more dashboards than Grafana returns on one page', () =>
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

it('makes its own service account when somebody deleted the setup’s, and leaves no token', () =>
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
